import Testing

@testable import StrictJSON

/// The reader that every document goes through.
@Suite("Strict JSON")
struct JSONTextTests {
    private static func root(_ text: String) throws -> JSONNode { try JSONText(Array(text.utf8)).root }

    @Test func `gives members, elements, texts and numbers`() throws {
        let root = try Self.root(#" {"a" : [1, 23 ,{"b":null}], "c":"x\n\u00e9\ud83d\ude00", "":true,"d":-0.5e+1} "#)
        #expect(root["a"]?.elements?.map { $0.integer(Int.self) } == [1, 23, nil])
        #expect(root["c"]?.string == "x\né😀")
        #expect(root[""]?.boolean == true)
        #expect(root["d"]?.double == -5)
        #expect(root["e"] == nil)
        #expect(root.members?.map(\.name) == ["a", "c", "", "d"])
        #expect(root["a"].map { String(decoding: $0.bytes, as: UTF8.self) } == #"[1, 23 ,{"b":null}]"#)
        #expect(root["a"]?.elements?.last?["b"]?.path == "a[2].b")
    }

    @Test func `keeps a byte order mark inside of a string, where it is a character`() throws {
        #expect(try JSONText(Array("\"\u{FEFF}c\"".utf8)).root.string?.utf8.elementsEqual("\u{FEFF}c".utf8) == true)
    }

    @Test(
        arguments: [
            "", " ", "{", "}", "[1,]", "[,1]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{\"a\":1 \"b\":2}",
            "[1 2]", "01", "1.", ".5", "+1", "1e", "-", "-a", "tru", "nul", "truex", "\"", "\"\\\"", "\"\u{1}\"", "1 2",
            "{} x", "NaN", "'a'", "[1]]", "\u{FEFF}1", "// a\n1", "1 /* a */", #""\x""#, #""\u12""#, #""\ud800""#,
            #""\ud800\u0041""#, #""\udc00""#, #""\u+123""#, #""\u0000""#, "1e999", "-1e999",
        ]
    )
    func `refuses what is no strict JSON`(text: String) {
        #expect(throws: JSONError.self) { try JSONText(Array(text.utf8)) }
    }

    @Test(
        arguments: [
            ([0x22, 0xFF, 0x22], 2), ([0x22, 0xC0, 0x80, 0x22], 2), ([0x22, 0xED, 0xA0, 0x80, 0x22], 2),
            ([0xFF, 0xFE, 0x31, 0x00], 1), ([0xFE, 0xFF, 0x00, 0x31], 1), ([0x31, 0x00], 1), ([0x00, 0x31], 1),
            ([0x31, 0x00, 0x00, 0x00], 1),
        ] as [([UInt8], Int)]
    )
    func `refuses another encoding than UTF-8`(bytes: [UInt8], column: Int) {
        let error = #expect(throws: JSONError.self) { try JSONText(bytes) }
        #expect(error?.reason == .encoding)
        #expect(error?.location.column == column)
    }

    @Test(
        arguments: [
            ("\u{FEFF}{}", .byteOrderMark, "1:1"), ("{\"a\":1,\n \"a\":2}", .duplicateName, "2:2"),
            ("[\n\"\\ud800\"]", .surrogate, "2:2"), ("{}\n\nx", .trailingBytes, "3:1"),
            ("[1,\n// a\n2]", .comment, "2:1"), ("[1,\n 1e400]", .range, "2:2"), ("[\"é\",]", .syntax, "1:7"),
            ("[1\n2]", .syntax, "2:1"), ("{\"a\" 1}", .syntax, "1:6"), ("\"\\u0000\"", .value, "1:2"),
            ("[\"a", .syntax, "1:2"),
        ] as [(String, JSONError.Reason, String)]
    )
    func `says what is wrong, on which line and in which column`(text: String, reason: JSONError.Reason, place: String)
    {
        let error = #expect(throws: JSONError.self) { try JSONText(Array(text.utf8)) }
        #expect(error?.reason == reason)
        #expect(error?.location.description == place)
    }

    @Test(
        arguments: [
            #"{"a":1,"a":2}"#, #"{"a":1,"\u0061":2}"#, #"[{"b":{"a":1,"c":0,"a":1}}]"#,
            "{\"\u{E9}\":1,\"e\u{301}\":2}",
            "{" + (0..<40).map { "\"n\($0)\":0," }.joined() + "\"n7\":1}",
        ]
    )
    func `refuses a name that an object has twice, however it is spelled`(text: String) {
        let error = #expect(throws: JSONError.self) { try JSONText(Array(text.utf8)) }
        #expect(error?.reason == .duplicateName)
    }

    @Test func `takes the same name in two objects`() throws {
        #expect(try Self.root(#"[{"a":1},{"a":2},{"a":{"a":3}}]"#).elements?.count == 3)
    }

    @Test func `refuses nesting and sizes beyond its bounds, and is not slow about it`() throws {
        let depth = JSONText.Rules.standard.maximumDepth
        let deepest = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        #expect(throws: Never.self) { try JSONText(Array(deepest.utf8)) }
        for bytes in [[UInt8](repeating: 0x5B, count: 1_000_000), Array("[\(deepest)]".utf8)] {
            let error = #expect(throws: JSONError.self) { try JSONText(bytes) }
            #expect(error?.reason == .depth)
        }
        let error = #expect(throws: JSONError.self) {
            try JSONText(Array("[1]".utf8), rules: JSONText.Rules(maximumByteCount: 2))
        }
        #expect(error?.reason == .size)
    }

    @Test(arguments: ["// a\n[1]", "[1] // a", "/* a */[/**/1/***/,/* \n * / */2]//", "/*é*/1"])
    func `takes comments where the rules do`(text: String) {
        #expect(throws: Never.self) { try JSONText(Array(text.utf8), rules: .withComments) }
        let error = #expect(throws: JSONError.self) { try JSONText(Array(text.utf8)) }
        #expect(error?.reason == .comment)
    }

    @Test(arguments: ["/* a", "/", "1 /", "/*/", "1 /* *", "[1 /x/ ]"])
    func `refuses a comment that does not end`(text: String) {
        #expect(throws: JSONError.self) { try JSONText(Array(text.utf8), rules: .withComments) }
    }

    @Test func `a text that is cut anywhere is refused`() throws {
        let text = Array(#"{"a":[1,-2.5e3,"x\u0041",true,false,null],"b":{"c":"é"}}"#.utf8)
        for count in 0..<text.count {
            #expect(throws: JSONError.self, "\(count) bytes") { try JSONText(Array(text.prefix(count))) }
        }
    }

    @Test(arguments: ["256", "-1", "1.0", "1e1", "99999999999999999999999999", "\"1\"", "null"])
    func `a number is whole, and fits`(text: String) throws {
        #expect(try Self.root(text).integer(UInt8.self) == nil)
    }

    @Test func `the least and the largest number of a type are read`() throws {
        #expect(try Self.root("\(Int.min)").integer(Int.self) == Int.min)
        #expect(try Self.root("\(UInt64.max)").integer(UInt64.self) == UInt64.max)
        #expect(try Self.root("-128").integer(Int8.self) == -128)
        #expect(try Self.root("-129").integer(Int8.self) == nil)
    }
}
