extension JSONScanner {
    /// Fails where an object has a name twice: of two readers one might take the first, another the last.
    func refuseDuplicates(in object: Int) throws(JSONError) {
        var names: [Int] = []
        var isPlain = true
        var index = object + 1
        while index < tokens.count {
            names.append(index)
            isPlain = isPlain && tokens[index].kind == .plainString
            index = Int(tokens[index + 1].next)
        }
        guard names.count > 1 else { return }
        if isPlain, names.count <= 16 {
            for (position, name) in names.enumerated() {
                for other in names[..<position] where isSame(tokens[name], tokens[other]) { throw duplicate(name) }
            }
            return
        }
        // As text, as readers compare names; Swift's strings hash with a seed that is random for each process.
        var seen: Set<String> = []
        seen.reserveCapacity(names.count)
        for name in names {
            let token = tokens[name]
            let content = bytes[Int(token.start) + 1..<Int(token.end) - 1]
            guard seen.insert(JSONString.text(content)).inserted else { throw duplicate(name) }
        }
    }

    private func isSame(_ left: JSONText.Token, _ right: JSONText.Token) -> Bool {
        left.end - left.start == right.end - right.start
            && bytes[Int(left.start)..<Int(left.end)] == bytes[Int(right.start)..<Int(right.end)]
    }

    private func duplicate(_ name: Int) -> JSONError {
        let token = tokens[name]
        let text = String(decoding: bytes[Int(token.start)..<Int(token.end)].prefix(80), as: UTF8.self)
        return failure(.duplicateName, "each name once in its object", "\(text) again", at: Int(token.start))
    }
}
