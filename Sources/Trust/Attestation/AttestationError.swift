import Diagnostics

/// A failed check as an error: why evidence, a certificate or a policy is invalid.
public struct AttestationError: Error, Equatable, CustomStringConvertible {
    /// The failed check, who has to act, and the remedy.
    public let finding: Finding

    /// Creates an error from a finding.
    ///
    /// - Parameter finding: The failed check and where it failed.
    public init(_ finding: Finding) {
        self.finding = finding
    }

    package init(
        _ check: some Check,
        subject: String,
        fields: [String] = [],
        expected: String? = nil,
        found: String? = nil
    ) {
        finding = Finding(check, subject: subject, fields: fields, expected: expected, found: found)
    }

    /// The failure in one line.
    public var description: String { finding.description }
}

extension AttestationError: CodedError {
    /// The stable error code, which is the name of a check.
    package struct Code: RawRepresentable, Sendable {
        package let rawValue: String

        package init(rawValue: String) {
            self.rawValue = rawValue
        }
    }

    package var code: Code { Code(rawValue: finding.id) }
    package var subject: String { finding.subject }
    package var expected: String? { finding.expected }
    package var found: String? { finding.found }
}
