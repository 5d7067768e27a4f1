import Diagnostics

/// Why a machine could not be planned: the user's request does not match the package or the platform.
package struct LaunchError: CodedError, Equatable {
    /// The stable name of a failure: logs, exit codes and tests key on it.
    package enum Code: String, Sendable, CaseIterable {
        case platformNotAllowed = "launch.platform-not-allowed"
        case argumentsNotTaken = "launch.arguments-not-taken"
        case variableNotTaken = "launch.variable-not-taken"
        case portNotNamed = "launch.port-not-named"
        case mountMissing = "launch.mount-missing"
        case mountNotTaken = "launch.mount-not-taken"
        case policyNotPossible = "launch.policy-not-possible"
    }

    /// What kind of failure this is.
    package let code: Code
    /// The option and its value.
    package let subject: String
    /// The accepted values.
    package let expected: String?
    /// The requested value.
    package let found: String?

    package init(_ code: Code, subject: String, expected: String? = nil, found: String? = nil) {
        self.code = code
        self.subject = subject
        self.expected = expected
        self.found = found
    }
}
