import Testing

@testable import StrictJSON

/// Types that are read from a document.
@Suite("Decoding of strict JSON")
struct DecodingTests {
    /// Keys that can be listed, so that unknown ones are refused first.
    struct Port: Codable, Equatable {
        enum CodingKeys: String, CodingKey, CaseIterable { case name, number }

        let name: String
        let number: UInt16
    }

    /// Keys that nobody lists.
    struct Machine: Codable, Equatable {
        var title: String?
        var ratio = 0.5
        var ports: [Port] = []
        var values: [String: [Int]] = [:]
        var kind = Kind.small
        var key = Base64Bytes([])
    }

    enum Kind: String, Codable { case small, large }

    private static func decode(_ text: String, _ unknownNames: UnknownNames = .refused) throws -> Machine {
        try JSONText.decode(from: Array(text.utf8), unknownNames: unknownNames)
    }

    private static let good = #"""
        {"ratio": 1e-3, "ports": [{"name": "a\u00e9", "number": 65535}], "values": {"x": [1, -2], "": []},
         "kind": "large", "key": "AAEC", "title": null}
        """#

    @Test func `a type is read as it is written`() throws {
        let machine = Machine(
            ratio: 0.001,
            ports: [Port(name: "aé", number: 65535)],
            values: ["x": [1, -2], "": []],
            kind: .large,
            key: Base64Bytes([0, 1, 2])
        )
        #expect(try Self.decode(Self.good) == machine)
    }

    @Test(
        arguments: [
            ("1e-3", "\"1\"", .type, "ratio", "1:11"), ("65535", "65536", .type, "ports[0].number", "1:57"),
            ("65535", "1.0", .type, "ports[0].number", "1:57"),
            ("\"number\"", "\"nr\"", .unknownKey, "ports[0].nr", "1:47"),
            ("\"kind\"", "\"sort\"", .missing, "kind", "1:1"), ("-2]", "null]", .type, "values.x[1]", "1:86"),
            ("large", "huge", .value, "kind", "2:10"), ("AAEC", "AAE", .type, "key", "2:26"),
            ("\"title\"", "\"titel\"", .unknownKey, "titel", "2:34"),
            ("{\"name\"", "{\"x\":[],\"name\"", .unknownKey, "ports[0].x", "1:28"),
        ] as [(String, String, JSONError.Reason, String, String)]
    )
    func `what is wrong is named by its path and place`(
        old: String,
        new: String,
        reason: JSONError.Reason,
        path: String,
        place: String
    ) throws {
        let text = Self.good.split(separator: old, maxSplits: 1, omittingEmptySubsequences: false).joined(
            separator: new
        )
        let error = #expect(throws: JSONError.self) { try Self.decode(text) }
        #expect(error?.reason == reason)
        #expect(error?.path == path)
        #expect(error?.location.description == place, "\(text)")
    }

    @Test func `unknown names pass where they are ignored`() throws {
        let text = #"{"ratio": 1, "ports": [], "values": {}, "kind": "small", "key": "", "more": {"a": [1]}}"#
        #expect(try Self.decode(text, .ignored).ratio == 1)
        #expect(throws: JSONError.self) { try Self.decode(text) }
    }

    @Test func `an object of many members is read in a time that grows with them alone`() throws {
        let members = (0..<100_000).map { "\"n\($0)\":\($0)" }.joined(separator: ",")
        let values: [String: Int] = try JSONText.decode(from: Array("{\(members)}".utf8))
        #expect(values.count == 100_000)
        #expect(values["n99999"] == 99999)
    }

    @Test func `any value is kept as it is`() throws {
        let value: JSONValue = try JSONText.decode(from: Array(#"{"a": [null, true, 1, 1.5, "x", {}]}"#.utf8))
        #expect(value == ["a": [.null, .boolean(true), .integer(1), .number(1.5), "x", [:]]])
    }
}
