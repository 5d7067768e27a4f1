/// A type that is read from one value, without a container.
protocol JSONReadable {
    /// What the value must be, for messages.
    static var jsonForm: String { get }

    /// Reads a value; nil for another one.
    init?(_ node: JSONNode)
}

extension Bool: JSONReadable {
    static var jsonForm: String { "true or false" }

    init?(_ node: JSONNode) {
        guard let value = node.boolean else { return nil }
        self = value
    }
}

extension String: JSONReadable {
    static var jsonForm: String { "a string" }

    init?(_ node: JSONNode) {
        guard let value = node.string else { return nil }
        self = value
    }
}

extension Double: JSONReadable {
    static var jsonForm: String { "a number" }

    init?(_ node: JSONNode) {
        guard let value = node.double else { return nil }
        self = value
    }
}

extension Float: JSONReadable {
    static var jsonForm: String { "a number of single precision" }

    init?(_ node: JSONNode) {
        guard let value = node.double.map({ Float($0) }), value.isFinite else { return nil }
        self = value
    }
}

extension JSONReadable where Self: FixedWidthInteger {
    static var jsonForm: String { "a whole number from \(Self.min) to \(Self.max)" }

    init?(_ node: JSONNode) {
        guard let value = node.integer(Self.self) else { return nil }
        self = value
    }
}

extension Int: JSONReadable {}
extension Int8: JSONReadable {}
extension Int16: JSONReadable {}
extension Int32: JSONReadable {}
extension Int64: JSONReadable {}
extension UInt: JSONReadable {}
extension UInt8: JSONReadable {}
extension UInt16: JSONReadable {}
extension UInt32: JSONReadable {}
extension UInt64: JSONReadable {}
