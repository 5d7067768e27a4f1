import Diagnostics
import FoundationEssentials
import StrictJSON

/// Members of the forms that vendors' documents have.
extension JSONNode {
    /// A member that is a time in UTC to the second.
    func date(_ name: String) throws(JSONError) -> Date {
        guard let date = try required(name).utf8.flatMap(Date.init(utcText:)) else {
            throw failure(.value, of: name, expected: "a time such as 2025-07-01T00:00:00Z")
        }
        return date
    }

    /// A member that is bytes of a fixed number, written as digits.
    func hexadecimal(_ name: String, _ count: Int) throws(JSONError) -> [UInt8] {
        guard let digits = try required(name).utf8, let bytes = Hexadecimal.bytes(ascii: digits), bytes.count == count
        else { throw failure(.value, of: name, expected: "\(count) bytes in hexadecimal") }
        return bytes
    }
}
