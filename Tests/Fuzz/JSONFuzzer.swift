import Foundation
import StrictJSON

/// Gives libFuzzer's bytes to the reader of JSON, and compares it with Foundation's.
///
/// A refusal is an answer. What is accepted, Foundation must accept with an equal value; the canonical text must read as
/// the same value and be its own canonical text; the decoder must give what the tree gives; and comments allowed must
/// take nothing away.
enum JSONFuzzer {
    static func run(_ input: [UInt8]) {
        guard let text = try? JSONText(input) else {
            _ = try? JSONText(input, rules: .withComments)
            return
        }
        let value = JSONValue(text.root)
        check(value)
        check((try? JSONText(input, rules: .withComments)).map { JSONValue($0.root) } == value, "comments")
        check((try? text.root.decode(Tree.self))?.value == value, "the decoder")
        // Foundation drops a byte order mark at the start of a string, where it is a character like any other (RFC 8259, 7).
        guard !input.contains(byteOrderMark) else { return }
        let theirs = try? JSONSerialization.jsonObject(with: Data(input), options: .fragmentsAllowed)
        check(theirs.map { isSame(value, $0) } == true, "Foundation")
    }

    private static let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]

    private static func check(_ value: JSONValue) {
        let canonical = value.canonicalBytes
        guard let again = try? JSONText(canonical) else { fatalError("the canonical text is refused") }
        check(JSONValue(again.root).canonicalBytes == canonical, "the canonical text is another's")
    }

    private static func check(_ isTrue: Bool, _ what: String) {
        if !isTrue { fatalError("not equal: \(what)") }
    }

    private static func isSame(_ ours: JSONValue, _ theirs: Any) -> Bool {
        switch ours {
        case .null: return theirs is NSNull
        case .boolean(let value): return (theirs as? Bool) == value
        case .integer(let value): return (theirs as? NSNumber)?.int64Value == Int64(value)
        case .number(let value):
            // Foundation takes long integers for decimals, and loses their last bit on the way to a Double.
            return (theirs as? NSNumber).map { abs($0.doubleValue - value) <= abs(value) * 1e-14 } == true
        case .string(let value): return (theirs as? String).map { $0.utf8.elementsEqual(value.utf8) } == true
        case .array(let values):
            guard let others = theirs as? [Any], others.count == values.count else { return false }
            return zip(values, others).allSatisfy { isSame($0, $1) }
        case .object(let values):
            guard let others = theirs as? [String: Any], others.count == values.count else { return false }
            return values.allSatisfy { name, value in others[name].map { isSame(value, $0) } == true }
        }
    }

    /// Any value, read through the decoder's containers.
    private struct Tree: Decodable {
        let value: JSONValue

        init(from decoder: any Decoder) throws {
            if let object = try? decoder.container(keyedBy: Name.self) {
                let members = try object.allKeys.map {
                    ($0.stringValue, try object.decode(Tree.self, forKey: $0).value)
                }
                value = .object(Dictionary(members) { first, _ in first })
            } else if var array = try? decoder.unkeyedContainer() {
                var elements: [JSONValue] = []
                while !array.isAtEnd { elements.append(try array.decode(Tree.self).value) }
                value = .array(elements)
            } else {
                value = try decoder.singleValueContainer().decode(JSONValue.self)
            }
        }
    }

    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}

/// libFuzzer's entry.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    JSONFuzzer.run(Array(UnsafeBufferPointer(start: bytes, count: count)))
    return 0
}
