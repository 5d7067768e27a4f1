/// Members that an object must have, each of its type; a failure names the member by its path.
extension JSONNode {
    /// A member that must be there.
    package func required(_ name: String) throws(JSONError) -> JSONNode {
        guard let node = self[name] else { throw failure(.missing, of: name, expected: "a value") }
        return node
    }

    /// A member that is a string.
    package func text(_ name: String) throws(JSONError) -> String {
        guard let text = try required(name).string else { throw failure(.type, of: name, expected: "a string") }
        return text
    }

    /// A member that is a whole number of a type.
    package func number<Number: FixedWidthInteger>(_ name: String) throws(JSONError) -> Number {
        guard let number = try required(name).integer(Number.self) else {
            throw failure(.range, of: name, expected: "a whole number from \(Number.min) to \(Number.max)")
        }
        return number
    }

    /// What an array holds, each element read.
    package func list<Element>(
        _ name: String,
        _ read: (JSONNode) throws(JSONError) -> Element
    ) throws(JSONError) -> [Element] {
        guard let nodes = try required(name).elements else { throw failure(.type, of: name, expected: "an array") }
        var elements: [Element] = []
        elements.reserveCapacity(nodes.count)
        for node in nodes { elements.append(try read(node)) }
        return elements
    }

    /// The same of an array that may be absent or null; then it is empty.
    package func optionalList<Element>(
        _ name: String,
        _ read: (JSONNode) throws(JSONError) -> Element
    ) throws(JSONError) -> [Element] {
        guard let node = self[name], !node.isNull else { return [] }
        return try list(name, read)
    }
}
