/// What becomes of a name that no type asks for.
package enum UnknownNames: Sendable {
    /// It is refused, as in every format of ours: a misspelt name would leave its default in force without a word.
    case refused
    /// It is passed over, as in formats that others extend.
    case ignored
}

extension JSONText {
    /// Reads a document into a type.
    ///
    /// - Parameters:
    ///   - type: What to read.
    ///   - bytes: The text.
    ///   - unknownNames: What becomes of a name that the type does not ask for.
    ///   - rules: What is allowed.
    /// - Returns: What was read.
    /// - Throws: The first thing that is wrong, with line, column and path.
    package static func decode<Document: Decodable>(
        _ type: Document.Type = Document.self,
        from bytes: [UInt8],
        unknownNames: UnknownNames = .refused,
        rules: Rules = .standard
    ) throws(JSONError) -> Document {
        try JSONText(bytes, rules: rules).root.decode(type, unknownNames: unknownNames)
    }
}

extension JSONNode {
    /// Reads a value into a type.
    ///
    /// A type whose coding keys are `CaseIterable` has its unknown names refused before any is read; of another one, the
    /// names that it did not ask for are refused at the end.
    ///
    /// - Parameters:
    ///   - type: What to read.
    ///   - unknownNames: What becomes of a name that the type does not ask for.
    /// - Returns: What was read.
    /// - Throws: The first thing that is wrong, with line, column and path.
    package func decode<Document: Decodable>(
        _ type: Document.Type = Document.self,
        unknownNames: UnknownNames = .refused
    ) throws(JSONError) -> Document {
        let session = DecodingSession(unknownNames)
        do {
            let document: Document = try NodeDecoder(node: self, session: session).read()
            try session.refuseUnasked(in: text)
            return document
        } catch let fault as DecodingFault {
            throw fault.error
        } catch let error as JSONError {
            throw error
        } catch let error as DecodingError {
            throw failure(for: error)
        } catch {
            throw failure(.value, expected: "another value", found: "\(error)")
        }
    }

    /// What a type's own initializer or the standard library found wrong.
    private func failure(for error: DecodingError) -> JSONError {
        let context: DecodingError.Context
        switch error {
        case .keyNotFound(_, let found), .valueNotFound(_, let found), .typeMismatch(_, let found),
            .dataCorrupted(let found):
            context = found
        @unknown default: return failure(.value, expected: "another value")
        }
        var node = text.root
        var steps: [Step] = []
        for key in context.codingPath {
            if let position = key.intValue {
                steps.append(.element(position))
                node = node.elements?.dropFirst(position).first ?? node
            } else {
                steps.append(.name(key.stringValue))
                node = node[key.stringValue] ?? node
            }
        }
        return JSONError(
            reason: .value,
            location: node.location,
            path: Self.path(steps),
            expected: context.debugDescription,
            found: node.summary
        )
    }
}

/// An error without its location, which is computed only if the error is thrown: types try one form after another.
struct DecodingFault: Error {
    let node: JSONNode
    var name: String?
    let reason: JSONError.Reason
    let expected: String
    var found: String?

    var error: JSONError {
        if let name { return node.failure(reason, of: name, expected: expected, found: found) }
        return node.failure(reason, expected: expected, found: found)
    }
}

/// What one document's decoding has asked for.
final class DecodingSession {
    private let refusesUnknown: Bool
    /// The names that were asked for, by the index of their object.
    private var asked: [Int: Set<String>] = [:]

    init(_ unknownNames: UnknownNames) {
        refusesUnknown = unknownNames == .refused
    }

    /// Begins an object, and refuses names that its keys lack where they can be listed.
    func open<Key: CodingKey>(_ object: JSONNode, _ type: Key.Type) throws {
        guard refusesUnknown else { return }
        asked[object.index, default: []].formUnion([])
        guard let listed = type as? any CaseIterable.Type else { return }
        try refuse(in: object, besides: Self.names(listed))
    }

    private static func names<Keys: CaseIterable>(_ type: Keys.Type) -> [String] {
        type.allCases.compactMap { ($0 as? any CodingKey)?.stringValue }
    }

    /// Records a name that the type reads, whether it is there or not.
    func ask(_ name: String, of object: JSONNode) {
        if refusesUnknown { asked[object.index, default: []].insert(name) }
    }

    /// Throws where an object that was opened has a name that no type has read.
    func refuseUnasked(in text: JSONText) throws {
        for (index, names) in asked.sorted(by: { $0.key < $1.key }) {
            try refuse(in: JSONNode(text: text, index: index), besides: names.sorted())
        }
    }

    private func refuse(in object: JSONNode, besides known: [String]) throws {
        let isKnown = Set(known)
        guard let unknown = object.members?.first(where: { !isKnown.contains($0.name) }) else { return }
        throw JSONError(
            reason: .unknownKey,
            location: unknown.location,
            path: unknown.value.path,
            expected: "one of \(known.joined(separator: ", "))",
            found: "an unknown key"
        )
    }
}
