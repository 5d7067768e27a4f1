import Foundation
import TestSupport
import Testing

@testable import StrictJSON

/// Python's reader, which refuses what RFC 8259 leaves open only where it is told to, agrees on every text and value.
@Suite("Strict JSON beside Python's", .enabled(if: OutsideTool.python.isReady))
struct PythonTests {
    /// Prints for each line, a text in hexadecimal, its value in a form of its own; `-` where it is refused.
    private static let program = """
        import json, struct, sys, unicodedata
        def pairs(members):
            names = {unicodedata.normalize("NFD", name) for name, _ in members}
            if len(names) != len(members): raise ValueError("twice")
            return dict(members)
        def refuse(word): raise ValueError(word)
        def floating(text):
            value = float(text)
            if value in (float("inf"), float("-inf")): raise ValueError("range")
            return value
        def whole(text):
            value = int(text)
            return value if -2**63 <= value < 2**63 else floating(text)
        def form(value, depth=1):
            if depth > 64: raise ValueError("depth")
            if value is None: return "n"
            if isinstance(value, bool): return "t" if value else "f"
            if isinstance(value, int): return "i%d" % value
            if isinstance(value, float): return "d" + struct.pack(">d", value).hex()
            if isinstance(value, str):
                if "\\0" in value: raise ValueError("NUL")
                return "s" + value.encode().hex()
            if isinstance(value, list): return "[" + ",".join(form(item, depth + 1) for item in value) + "]"
            members = sorted((form(name), form(item, depth + 1)) for name, item in value.items())
            return "{" + ",".join(name + ":" + item for name, item in members) + "}"
        for line in sys.stdin:
            try:
                text = bytes.fromhex(line).decode()
                print(form(json.loads(text, object_pairs_hook=pairs, parse_constant=refuse, parse_float=floating,
                    parse_int=whole)))
            except (ValueError, RecursionError):
                print("-")
        """

    private static func form(_ value: JSONValue) -> String {
        switch value {
        case .null: "n"
        case .boolean(let value): value ? "t" : "f"
        case .integer(let value): "i\(value)"
        case .number(let value):
            "d" + hexadecimal((0..<8).map { UInt8(truncatingIfNeeded: value.bitPattern >> (56 - 8 * $0)) })
        case .string(let value): "s" + hexadecimal(Array(value.utf8))
        case .array(let elements): "[" + elements.map(form).joined(separator: ",") + "]"
        case .object(let members):
            "{"
                + members.map { (form(.string($0)), form($1)) }.sorted { $0 < $1 }.map { "\($0):\($1)" }
                .joined(separator: ",") + "}"
        }
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test func `both accept the same texts with the same values`() async throws {
        let texts = TextGenerator.texts(count: 800)
        let lines = texts.map { Self.hexadecimal($0) + "\n" }.joined()
        let output = try await OutsideTool.python.run(["-c", Self.program], input: Data(lines.utf8))
        #expect(output.status == 0, "\(output.standardError)")
        let theirs = String(decoding: output.standardOutput, as: UTF8.self).split(separator: "\n")
        try #require(theirs.count == texts.count)
        var accepted = 0
        for (text, their) in zip(texts, theirs) {
            let ours = (try? JSONText(text)).map { Self.form(JSONValue($0.root)) } ?? "-"
            #expect(ours == their, "\(String(decoding: text, as: UTF8.self))")
            accepted += ours == "-" ? 0 : 1
        }
        #expect(accepted > 200 && accepted < texts.count - 200, "\(accepted)")
    }
}
