import StrictJSON

/// The members of an object of one of the package's own documents, each read once and by its type.
struct JSONFields {
    /// The object's path in the document, such as `machine.ports[0]`; empty for the whole.
    let path: String
    private let members: [String: JSONNode]
    private let document: String
    private let code: PackageError.Code

    /// - Parameters:
    ///   - node: Has to be an object.
    ///   - path: Its path in the document.
    ///   - document: The document's name, for messages.
    ///   - code: The error code.
    ///   - known: Every name that is read; another is refused.
    /// - Throws: `code`.
    init(
        _ node: JSONNode,
        path: String = "",
        of document: String,
        _ code: PackageError.Code,
        known: [String]
    ) throws(PackageError) {
        self.path = path
        self.document = document
        self.code = code
        guard let list = node.members else {
            throw PackageError(code, subject: "\(document): \(path)", expected: "an object", found: node.summary)
        }
        members = Dictionary(list.map { ($0.name, $0.value) }) { first, _ in first }
        if let unknown = list.first(where: { !known.contains($0.name) }) {
            throw failure(unknown.name, "one of \(known.joined(separator: ", "))", "an unknown key")
        }
    }

    /// Parses a document, which has to be an object.
    ///
    /// - Parameters:
    ///   - bytes: The document.
    ///   - document: The document's name, for messages.
    ///   - code: The error code.
    ///   - known: Every name that is read; another is refused.
    /// - Throws: `code`, with line and column where the document is no JSON.
    init(
        parsing bytes: [UInt8],
        of document: String,
        _ code: PackageError.Code,
        known: [String]
    ) throws(PackageError) {
        let node: JSONNode
        do throws(JSONError) {
            node = try JSONText(bytes).root
        } catch {
            throw PackageError(
                code,
                subject: "\(document):\(error.location)",
                expected: error.expected,
                found: error.found
            )
        }
        try self.init(node, of: document, code, known: known)
    }

    func failure(_ key: String, _ expected: String, _ found: String) -> PackageError {
        PackageError(code, subject: "\(document): \(place(key))", expected: expected, found: found)
    }

    private func place(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    func has(_ key: String) -> Bool { members[key] != nil }

    private func node(_ key: String) throws(PackageError) -> JSONNode {
        guard let node = members[key] else { throw failure(key, "a value", "none") }
        return node
    }

    func string(_ key: String, longest: Int = 1024) throws(PackageError) -> String {
        let node = try node(key)
        guard let text = node.string, text.utf8.count <= longest else {
            throw failure(key, "a text of at most \(longest) bytes", node.summary)
        }
        return text
    }

    func integer(_ key: String, in range: ClosedRange<Int>) throws(PackageError) -> Int {
        let node = try node(key)
        guard let value = node.integer(Int.self), range.contains(value) else {
            throw failure(key, "an integer from \(range.lowerBound) to \(range.upperBound)", node.summary)
        }
        return value
    }

    func boolean(_ key: String) throws(PackageError) -> Bool {
        let node = try node(key)
        guard let value = node.boolean else { throw failure(key, "true or false", node.summary) }
        return value
    }

    /// Lower-case hexadecimal digits.
    func digest(_ key: String, byteCounts: [Int] = [32]) throws(PackageError) -> String {
        let text = try string(key)
        let isDigest = text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
        guard isDigest, byteCounts.contains(text.utf8.count / 2), text.utf8.count % 2 == 0 else {
            throw failure(key, "\(byteCounts.map { "\(2 * $0)" }.joined(separator: " or ")) lower-case digits", text)
        }
        return text
    }

    func elements(_ key: String, atMost limit: Int) throws(PackageError) -> [JSONNode] {
        let node = try node(key)
        guard let elements = node.elements, elements.count <= limit else {
            throw failure(key, "an array of at most \(limit)", node.summary)
        }
        return elements
    }

    func strings(_ key: String, atMost limit: Int) throws(PackageError) -> [String] {
        var texts: [String] = []
        for element in try elements(key, atMost: limit) {
            guard let text = element.string, text.utf8.count <= 4096 else {
                throw failure(key, "texts of at most 4096 bytes", element.summary)
            }
            texts.append(text)
        }
        return texts
    }

    func objects(_ key: String, atMost limit: Int, known: [String]) throws(PackageError) -> [JSONFields] {
        var objects: [JSONFields] = []
        for (index, element) in try elements(key, atMost: limit).enumerated() {
            objects.append(
                try JSONFields(element, path: "\(place(key))[\(index)]", of: document, code, known: known)
            )
        }
        return objects
    }

    func object(_ key: String, known: [String]) throws(PackageError) -> JSONFields {
        try JSONFields(node(key), path: place(key), of: document, code, known: known)
    }

    /// Every name with its value, for an object whose names are data.
    func members(_ key: String) throws(PackageError) -> [JSONNode.Member] {
        let node = try node(key)
        guard let members = node.members else { throw failure(key, "an object", node.summary) }
        return members
    }
}
