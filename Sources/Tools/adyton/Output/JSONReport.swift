import Foundation

/// A command's result for programs.
enum JSONReport {
    /// One JSON document with sorted keys, ended by a line break.
    static func of(_ document: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(document), as: UTF8.self) + "\n"
    }
}
