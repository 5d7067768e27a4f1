import Foundation
import TestSupport
import Testing

/// Every document goes through the strict reader.
@Suite("Sources read no lax JSON")
struct SourceTests {
    /// Files that may use Foundation's reader, each with its reason.
    private static let exceptions: [String: String] = [:]

    @Test func `no source uses JSONDecoder or JSONSerialization`() throws {
        let sources = ProjectFolder.root.appending(path: "Sources")
        let paths = try #require(FileManager.default.enumerator(atPath: sources.path))
        var count = 0
        for case let path as String in paths where path.hasSuffix(".swift") {
            let text = try String(contentsOf: sources.appending(path: path), encoding: .utf8)
            count += 1
            guard Self.exceptions[path] == nil else { continue }
            for word in ["JSONDecoder(", "JSONSerialization"] {
                #expect(!text.contains(word), "\(path) uses \(word): read with StrictJSON")
            }
        }
        #expect(count > 100)
    }

    @Test func `the reader needs no Foundation`() throws {
        let sources = ProjectFolder.root.appending(path: "Sources/Shared/StrictJSON")
        let paths = try #require(FileManager.default.enumerator(atPath: sources.path))
        for case let path as String in paths where path.hasSuffix(".swift") {
            let text = try String(contentsOf: sources.appending(path: path), encoding: .utf8)
            #expect(!text.contains("import Foundation"), "\(path)")
        }
    }
}
