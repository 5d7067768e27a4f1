import Foundation
import StrictJSON

extension JSONValue {
    /// The value for a program to read: names sorted, a member a line, ended by a line break.
    func report() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    }
}
