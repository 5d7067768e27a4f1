/// A failed check: one reason not to trust evidence.
public struct Finding: Sendable, Hashable {
    /// The check's stable name, such as `certificate.expired`; logs, exit statuses, documents and tests depend on it.
    public let id: String
    /// The part of the evidence that the check is about, such as `VCEK` or `report`.
    public let subject: String
    /// The fields that cannot be trusted for this reason, by their names in the specification.
    public private(set) var fields: [String]
    /// The expected value, if there is one.
    public let expected: String?
    /// The value found instead, if there is one; cut to 200 characters, without control characters.
    public let found: String?
    /// What the check requires, who has to act, and the remedy.
    public let explanation: Explanation

    package init(
        _ check: some Check,
        subject: String,
        fields: [String] = [],
        expected: String? = nil,
        found: String? = nil
    ) {
        id = check.rawValue
        self.subject = subject
        self.fields = fields.map(Self.printable)
        self.expected = expected
        self.found = found.map(Self.printable)
        explanation = check.explanation
    }
}

extension Finding {
    /// Makes text from the evidence safe for terminals and logs.
    private static func printable(_ text: String) -> String {
        let scalars = text.unicodeScalars.prefix(200).map { scalar -> Unicode.Scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: "?"
            default: scalar
            }
        }
        return String(String.UnicodeScalarView(scalars))
    }

    /// Returns the finding with one more field.
    package func naming(_ field: String) -> Finding {
        var finding = self
        finding.fields.append(Self.printable(field))
        return finding
    }
}

extension Finding: CustomStringConvertible {
    /// The finding in one line: subject, fields, expected and found value, and its name.
    public var description: String {
        let parts =
            [subject + (fields.isEmpty ? "" : " " + fields.joined(separator: ", "))]
            + [expected.map { "expected \($0)" }, found.map { "found \($0)" }].compactMap(\.self)
        return "\(parts.joined(separator: "; ")) (\(id))"
    }
}
