import PackageManifest
import StrictJSON

/// Reads a value of a configuration file by its type; errors contain key, line and column.
struct ConfigurationReader {
    /// The key's value.
    let node: JSONNode
    /// The key's path, such as `Mount[0].Target`.
    let key: String
    /// The file's name.
    let file: String

    func failure(_ expected: String, _ found: String? = nil) -> PackageError {
        PackageError(
            .configurationValueInvalid,
            subject: "\(file):\(node.location): \(key)",
            expected: expected,
            found: found ?? node.summary
        )
    }

    func unsupported(_ reason: String) -> PackageError {
        PackageError(.configurationUnsupported, subject: "\(file):\(node.location): \(key)", expected: reason)
    }

    /// True, false, 0 or 1: Mystikos accepts both forms.
    func boolean() throws(PackageError) -> Bool {
        if let value = node.boolean { return value }
        switch node.integer(Int.self) {
        case 0: return false
        case 1: return true
        default: throw failure("true, false, 0 or 1")
        }
    }

    func integer(_ range: ClosedRange<Int>) throws(PackageError) -> Int {
        guard let value = node.integer(Int.self), range.contains(value) else {
            throw failure("an integer from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// A text without NUL, so that it can be passed to the system.
    func string(longest: Int = 4096) throws(PackageError) -> String {
        guard let text = node.string, text.utf8.count <= longest else {
            throw failure("a text of at most \(longest) bytes")
        }
        return text
    }

    func nonEmptyString(longest: Int = 4096) throws(PackageError) -> String {
        let text = try string(longest: longest)
        guard !text.isEmpty else { throw failure("a text that is not empty") }
        return text
    }

    /// A normalized absolute path.
    func absolutePath() throws(PackageError) -> String {
        let text = try string()
        let names = text.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        let isPlain = text == "/" || names.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
        guard text.hasPrefix("/"), isPlain else {
            throw failure("an absolute path without '.', '..' and empty names", "\"\(text)\"")
        }
        return text
    }

    /// Bytes: an integer, or digits with k, m or g of either case.
    func size(_ range: ClosedRange<Int>) throws(PackageError) -> Int {
        var value = node.integer(Int.self)
        if let text = node.string {
            let units: [Character: Int] = ["k": 1 << 10, "m": 1 << 20, "g": 1 << 30]
            let unit = text.lowercased().last.flatMap { units[$0] }
            let digits = unit == nil ? text[...] : text.dropLast()
            let isPlain = !digits.isEmpty && digits.utf8.allSatisfy { (48...57).contains($0) }
            let product = isPlain ? Int(digits)?.multipliedReportingOverflow(by: unit ?? 1) : nil
            value = product.flatMap { $0.overflow ? nil : $0.partialValue }
        }
        guard let value, range.contains(value) else {
            throw failure("\(range.lowerBound) to \(range.upperBound) bytes, as in 2147483648, \"2048m\" or \"2g\"")
        }
        return value
    }

    func elements(atMost limit: Int) throws(PackageError) -> [ConfigurationReader] {
        guard let elements = node.elements, elements.count <= limit else {
            throw failure("an array of at most \(limit)")
        }
        return elements.enumerated().map {
            ConfigurationReader(node: $1, key: "\(key)[\($0)]", file: file)
        }
    }

    func strings(atMost limit: Int = 1024) throws(PackageError) -> [String] {
        var texts: [String] = []
        for element in try elements(atMost: limit) { texts.append(try element.string(longest: 1 << 16)) }
        return texts
    }

    /// The members of an object by name.
    func members(_ known: [String]) throws(PackageError) -> [String: ConfigurationReader] {
        guard let members = node.members else { throw failure("an object") }
        var found: [String: ConfigurationReader] = [:]
        for member in members {
            guard known.contains(member.name) else { throw unknown(member, known) }
            let path = key.isEmpty ? member.name : "\(key).\(member.name)"
            found[member.name] = ConfigurationReader(node: member.value, key: path, file: file)
        }
        return found
    }

    private func unknown(_ member: JSONNode.Member, _ known: [String]) -> PackageError {
        let suggestion = ConfigurationKey.suggestion(for: member.name, among: known)
        return PackageError(
            .configurationKeyUnknown,
            subject: "\(file):\(member.location): \(key.isEmpty ? "" : "\(key).")\(member.name)",
            expected: suggestion.map { "\($0) (did you mean that?)" } ?? "one of \(known.joined(separator: ", "))",
            found: "an unknown key"
        )
    }
}
