extension JSONNode {
    /// A step from the outermost value to one within it.
    enum Step {
        case name(String)
        case element(Int)
    }

    /// The steps to this value: one pass over what precedes it.
    var steps: [Step] {
        var steps: [Step] = []
        var node = text.root
        while node.index < index {
            guard let (step, child) = node.child(holding: index) else { break }
            steps.append(step)
            node = child
        }
        return steps
    }

    private func child(holding place: Int) -> (Step, JSONNode)? {
        let isHeld = { (node: JSONNode) in node.index <= place && place < Int(node.text.tokens[node.index].next) }
        if let elements {
            guard let position = elements.firstIndex(where: isHeld) else { return nil }
            return (.element(position), elements[position])
        }
        return members?.first { isHeld($0.value) }.map { (.name($0.name), $0.value) }
    }

    /// The path to this value, such as `platforms.snp.roots[0]`; empty for the outermost.
    package var path: String { Self.path(steps) }

    static func path(_ steps: [Step]) -> String {
        var path = ""
        for step in steps {
            switch step {
            case .name(let name): path += path.isEmpty ? name : ".\(name)"
            case .element(let position): path += "[\(position)]"
            }
        }
        return path
    }

    /// A failure of this value.
    package func failure(
        _ reason: JSONError.Reason,
        expected: String,
        found: String? = nil
    ) -> JSONError {
        JSONError(reason: reason, location: location, path: path, expected: expected, found: found ?? summary)
    }

    /// A failure of a member of this object, which need not be there.
    package func failure(
        _ reason: JSONError.Reason,
        of name: String,
        expected: String,
        found: String? = nil
    ) -> JSONError {
        let member = self[name]
        return JSONError(
            reason: reason,
            location: (member ?? self).location,
            path: Self.path(steps + [.name(name)]),
            expected: expected,
            found: found ?? member?.summary ?? "nothing"
        )
    }
}
