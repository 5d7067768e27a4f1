/// Makes texts that are JSON, nearly JSON, or none: the same ones each time.
struct TextGenerator {
    private var state: UInt64

    /// Texts at the edges of the grammar, then random documents, every other one damaged.
    static func texts(count: Int) -> [[UInt8]] {
        var generator = TextGenerator(state: 7)
        return edges + (0..<count).map { generator.text(isDamaged: $0 % 2 == 1) }
    }

    /// SplitMix64.
    private mutating func next(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((value ^ (value >> 31)) % UInt64(bound))
    }

    private mutating func pick(_ choices: [String]) -> String { choices[next(choices.count)] }

    private mutating func text(isDamaged: Bool) -> [UInt8] {
        var bytes = Array(value(depth: 0).utf8)
        guard isDamaged else { return bytes }
        for _ in 0...next(2) {
            let place = next(bytes.count)
            switch next(4) {
            case 0: bytes[place] = UInt8(next(256))
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(Array(#"{}[],:"\u0e1.-+ tfn/"#.utf8)[next(20)], at: place)
            default: bytes.removeSubrange(place...)
            }
            if bytes.isEmpty { return bytes }
        }
        return bytes
    }

    private mutating func value(depth: Int) -> String {
        switch next(depth > 4 ? 5 : 9) {
        case 0: pick(["null", "true", "false"])
        case 1:
            pick(["0", "-0", "1", "-1", "12", "9223372036854775807", "9223372036854775808", "-9223372036854775808"])
        case 2:
            pick(["0.5", "-1.25", "1e5", "1E-7", "0e0", "1.7976931348623157e308", "4.9e-324", "123456789012345678901"])
        case 3, 4: string()
        case 5, 6: array(depth)
        default: object(depth)
        }
    }

    private mutating func array(_ depth: Int) -> String {
        var elements: [String] = []
        for _ in 0..<next(5) { elements.append(value(depth: depth + 1)) }
        return "[\(blank())\(elements.joined(separator: ","))\(blank())]"
    }

    private mutating func object(_ depth: Int) -> String {
        var members: [String] = []
        for index in 0..<next(5) { members.append(member(index, depth)) }
        return "{\(blank())\(members.joined(separator: ","))\(blank())}"
    }

    private mutating func member(_ index: Int, _ depth: Int) -> String {
        // Now and then the same name again.
        let name = next(20) == 0 ? "\"n\"" : "\"\(index)\(string().dropFirst())"
        return "\(name)\(blank()):\(blank())\(value(depth: depth + 1))"
    }

    private mutating func blank() -> String { pick(["", "", "", " ", "\n", "\t\r "]) }

    private mutating func string() -> String {
        let parts = [
            "a", "Z9", " ", "é", "漢", "😀", "e\u{301}", #"\n"#, #"\""#, #"\\"#, #"\/"#, #"\u00e9"#, #"\ud83d\ude00"#,
            #"\uD83D"#, #"\u001f"#, "\u{7F}", "\u{2028}",
        ]
        var string = ""
        for _ in 0..<next(6) where next(12) > 0 { string += pick(parts) }
        return "\"\(string)\""
    }

    private static func nested(_ start: String, _ depth: Int, _ inner: String, _ end: String) -> String {
        String(repeating: start, count: depth) + inner + String(repeating: end, count: depth)
    }

    private static var edges: [[UInt8]] {
        let digits = String(repeating: "9", count: 400)
        let texts: [String] = [
            "", " ", "[]", "{}", "[[]]", "[", "]", "{", "}", "[1,]", "[,]", "{\"a\":1,}", "{,}", "[1 2]", "1 2", "01",
            "-01",
            "-", "+1", ".1", "1.", "1.e1", "1e", "1e+", "1E+2", "-0", "-0.0", "1e400", "-1e400", "1e-400", digits,
            String(digits.prefix(300)), "\(digits).5", "NaN", "Infinity", "-Infinity", "nan", "True", "nul", "nulll",
            "'a'", "\"a", "a\"", "\"\\\"", "\"\\a\"", "\"\\u\"", "\"\\u12\"", "\"\\uZZZZ\"", "\"\\ud800\"",
            "\"\\udc00\"",
            "\"\\ud800\\ud800\"", "\"\\ud800\\udc00\"", "\"\\udc00\\ud800\"", "\"\\u0000\"", "\"\u{0}\"", "\"\t\"",
            "\"\n\"", "\"\u{1F}\"", "\"\u{7F}\"", "\u{FEFF}1", "1\u{FEFF}", "\u{A0}1", "\u{B}1", "\u{C}1", "// a\n1",
            "/* a */1", "1//", "#1", "{\"a\":1,\"a\":1}", "{\"a\":1,\"\\u0061\":1}", "{\"é\":1,\"e\u{301}\":1}",
            "{\"a\":{\"a\":1}}", "{a:1}", "{1:1}", "{\"a\"}", "{\"a\":}", "{\"a\":1:2}", "{\"a\" \"b\"}", "[\"a\":1]",
            "{\"\":0}", "[1]x", "[1],", "[1]\n\n", "0x10", "1_000", "1,5", "undefined",
            nested("[", 63, "1", "]"), nested("[", 64, "1", "]"), nested("[", 64, "", "]"), nested("[", 65, "", "]"),
            nested("{\"a\":", 63, "1", "}"), nested("{\"a\":", 64, "1", "}"),
        ]
        let bytes: [[UInt8]] = [
            [0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xC0, 0xAF, 0x22], [0x22, 0xE0, 0x80, 0xAF, 0x22],
            [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22],
            [0x22, 0xF8, 0x88, 0x80, 0x80, 0x80, 0x22],
            [0xFF, 0xFE, 0x31, 0x00], [0x00, 0x31], [0x31, 0x00],
        ]
        return texts.map { Array($0.utf8) } + bytes
    }
}
