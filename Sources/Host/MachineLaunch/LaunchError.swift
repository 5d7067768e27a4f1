import Diagnostics

/// Why a machine was not planned: what a person asked for does not fit the package or the platform.
package struct LaunchError: CodedError, Equatable {
    /// The stable name of a failure: logs, exit codes and tests key on it.
    package enum Code: String, Sendable, CaseIterable {
        case platformNotAllowed = "launch.platform-not-allowed"
        case argumentsNotTaken = "launch.arguments-not-taken"
        case variableNotTaken = "launch.variable-not-taken"
        case portNotNamed = "launch.port-not-named"
        case policyNotPossible = "launch.policy-not-possible"
    }

    /// What kind of failure this is.
    package let code: Code
    /// The option, and the value that does not fit.
    package let subject: String
    /// What fits.
    package let expected: String?
    /// What was asked for.
    package let found: String?

    package init(_ code: Code, subject: String, expected: String? = nil, found: String? = nil) {
        self.code = code
        self.subject = subject
        self.expected = expected
        self.found = found
    }
}
