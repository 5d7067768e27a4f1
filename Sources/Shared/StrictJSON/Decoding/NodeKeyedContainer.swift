/// Hands out the members of an object by their names.
struct NodeKeyedContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    /// In an object of more members a table finds them, so that reading all costs no more than their number.
    private static var largestWithoutTable: Int { 12 }

    private let decoder: NodeDecoder
    private let members: [JSONNode.Member]
    private let table: [String: Int]

    init(_ decoder: NodeDecoder) throws {
        guard let members = decoder.node.members else {
            throw DecodingFault(node: decoder.node, reason: .type, expected: "an object")
        }
        try decoder.session.open(decoder.node, Key.self)
        self.decoder = decoder
        self.members = members
        var table: [String: Int] = [:]
        if members.count > Self.largestWithoutTable {
            for (position, member) in members.enumerated() { table[member.name] = position }
        }
        self.table = table
    }

    var codingPath: [any CodingKey] { decoder.codingPath }
    var allKeys: [Key] { members.compactMap { Key(stringValue: $0.name) } }

    private func find(_ name: String) -> NodeDecoder? {
        decoder.session.ask(name, of: decoder.node)
        let member = table.isEmpty ? members.first { $0.name == name } : table[name].map { members[$0] }
        return member.map { NodeDecoder(node: $0.value, session: decoder.session) }
    }

    private func required(_ name: String) throws -> NodeDecoder {
        guard let found = find(name) else {
            throw DecodingFault(node: decoder.node, name: name, reason: .missing, expected: "a value", found: "nothing")
        }
        return found
    }

    func contains(_ key: Key) -> Bool { find(key.stringValue) != nil }

    func decodeNil(forKey key: Key) throws -> Bool { try required(key.stringValue).node.isNull }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try required(key.stringValue).read()
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type,
        forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try required(key.stringValue).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try required(key.stringValue).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { try required("super") }

    func superDecoder(forKey key: Key) throws -> any Decoder { try required(key.stringValue) }
}
