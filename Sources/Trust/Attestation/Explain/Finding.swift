/// One reason not to rely on evidence.
public struct Finding: Sendable, Hashable {
    /// The check's stable name, such as `certificate.expired`: what logs, exit codes, documents and tests key on.
    public let id: String
    /// The part of the evidence that the check looked at, such as `VCEK` or `report`.
    public let subject: String
    /// The evidence's fields that cannot be relied on for this reason, by their names in the specification.
    public private(set) var fields: [String]
    /// What should have been there.
    public let expected: String?
    /// What was there; text of the evidence in it is cut to 200 characters, and holds no control characters.
    public let found: String?
    /// What the check asks, who must act, and the remedy.
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
    /// Text that whoever wrote the evidence chose, fit for a terminal and a log.
    private static func printable(_ text: String) -> String {
        let scalars = text.unicodeScalars.prefix(200).map { scalar -> Unicode.Scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: "?"
            default: scalar
            }
        }
        return String(String.UnicodeScalarView(scalars))
    }

    /// The finding with one more field that it is about.
    package func naming(_ field: String) -> Finding {
        var finding = self
        finding.fields.append(Self.printable(field))
        return finding
    }
}

extension Finding: CustomStringConvertible {
    /// The finding in one line: the part, what was expected and found, and its name.
    public var description: String {
        let parts =
            [subject + (fields.isEmpty ? "" : " " + fields.joined(separator: ", "))]
            + [expected.map { "expected \($0)" }, found.map { "found \($0)" }].compactMap(\.self)
        return "\(parts.joined(separator: "; ")) (\(id))"
    }
}
