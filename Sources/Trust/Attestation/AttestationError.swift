import Diagnostics

/// Why something is no evidence, no certificate or no policy: the finding, thrown.
public struct AttestationError: Error, Equatable, CustomStringConvertible {
    /// What was wrong, with who must act and the remedy.
    public let finding: Finding

    /// Says what was wrong.
    ///
    /// - Parameter finding: The check that failed, and where.
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
    /// The stable name of a failure, which is the name of a check.
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
