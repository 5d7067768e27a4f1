/// Hands one value to a type that is read.
struct NodeDecoder: Decoder, SingleValueDecodingContainer {
    let node: JSONNode
    let session: DecodingSession

    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// The path to the value, computed on each call.
    var codingPath: [any CodingKey] {
        node.steps.map { step in
            switch step {
            case .name(let name): PathKey(stringValue: name, intValue: nil)
            case .element(let position): PathKey(stringValue: "Index \(position)", intValue: position)
            }
        }
    }

    /// Reads the value.
    func read<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        guard let readable = type as? any JSONReadable.Type else { return try value() }
        guard let value = readable.init(node) as? Value else {
            throw DecodingFault(node: node, reason: .type, expected: readable.jsonForm)
        }
        return value
    }

    /// Reads the value by its type's own initializer; what that refuses is refused at this value.
    private func value<Value: Decodable>() throws -> Value {
        do {
            return try Value(from: self)
        } catch let error where !(error is DecodingFault || error is JSONError || error is DecodingError) {
            throw DecodingFault(node: node, reason: .value, expected: "another value", found: "\(error)")
        }
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(try NodeKeyedContainer<Key>(self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { try NodeUnkeyedContainer(self) }

    func singleValueContainer() -> any SingleValueDecodingContainer { self }

    func decodeNil() -> Bool { node.isNull }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try read() }
}

/// A step of a path.
struct PathKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(stringValue: String, intValue: Int?) {
        self.stringValue = stringValue
        self.intValue = intValue
    }

    init(stringValue: String) {
        self.init(stringValue: stringValue, intValue: nil)
    }

    init(intValue: Int) {
        self.init(stringValue: "Index \(intValue)", intValue: intValue)
    }
}

/// Hands out the elements of an array, one after the other.
struct NodeUnkeyedContainer: UnkeyedDecodingContainer {
    private let decoder: NodeDecoder
    private let elements: [JSONNode]
    private(set) var currentIndex = 0

    init(_ decoder: NodeDecoder) throws {
        guard let elements = decoder.node.elements else {
            throw DecodingFault(node: decoder.node, reason: .type, expected: "an array")
        }
        self.decoder = decoder
        self.elements = elements
    }

    var codingPath: [any CodingKey] { decoder.codingPath }
    var count: Int? { elements.count }
    var isAtEnd: Bool { currentIndex >= elements.count }

    private func next() throws -> NodeDecoder {
        guard !isAtEnd else {
            throw DecodingFault(node: decoder.node, reason: .missing, expected: "more than \(elements.count) elements")
        }
        return NodeDecoder(node: elements[currentIndex], session: decoder.session)
    }

    private mutating func take<Value>(_ read: (NodeDecoder) throws -> Value) throws -> Value {
        let value = try read(next())
        currentIndex += 1
        return value
    }

    mutating func decodeNil() throws -> Bool {
        guard try next().node.isNull else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try take { try $0.read() } }

    mutating func nestedContainer<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        try take { try $0.container(keyedBy: type) }
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try take { try $0.unkeyedContainer() }
    }

    mutating func superDecoder() throws -> any Decoder { try take { $0 as any Decoder } }
}
