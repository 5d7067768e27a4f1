import Decompression
import Foundation
import TestSupport
import Testing

/// Whole and damaged streams of every compression, as the systems' own programs write them.
@Suite struct DecompressionTests {
    /// Gives bytes in pieces of one size.
    private final class Pieces: ByteSource {
        private var rest: ArraySlice<UInt8>
        private let size: Int

        init(_ bytes: [UInt8], of size: Int) {
            rest = bytes[...]
            self.size = size
        }

        func next() -> [UInt8] {
            defer { rest = rest.dropFirst(size) }
            return Array(rest.prefix(size))
        }
    }

    private struct Damage: Error {
        let expected: String
        let found: String
    }

    /// A compression, the program that writes it, and the first byte that a checksum covers.
    struct Format: Sendable, CustomTestStringConvertible {
        let compression: Compression
        let words: [String]
        /// A change before it, such as of gzip's time stamp, may leave the content as it is.
        let firstCovered: Int

        var testDescription: String { compression.rawValue }

        func packed(_ bytes: [UInt8]) async throws -> [UInt8] {
            let tool = try #require(OutsideTool(named: words[0]))
            let output = try await tool.run(Array(words.dropFirst()), input: Data(bytes))
            try #require(output.status == 0, "\(output.standardError)")
            return Array(output.standardOutput)
        }
    }

    private static let gzip = Format(compression: .gzip, words: ["gzip", "-nc"], firstCovered: 10)
    private static let formats = [
        gzip, Format(compression: .zstd, words: ["zstd", "-qc", "--check"], firstCovered: 16),
        Format(compression: .xz, words: ["xz", "-c"], firstCovered: 0),
    ]
    /// Compresses a little, so that a stream has literals and copies.
    private static let content = (0..<600).map { UInt8(truncatingIfNeeded: $0 * $0 / 7 % 251) }

    /// Reads a stream to its end, and checks that nothing follows.
    private static func read(_ bytes: [UInt8], _ format: Format, pieces: Int = .max) throws -> [UInt8] {
        let decompressor = try Decompressor(Pieces(bytes, of: pieces), compression: format.compression) {
            Damage(expected: $0, found: $1)
        }
        var content: [UInt8] = []
        while case let piece = try decompressor.next(), !piece.isEmpty { content += piece }
        try decompressor.checkEnd()
        return content
    }

    @Test(arguments: formats, [1, 7, Int.max])
    func `reads one stream and several in a row, in pieces of any size`(format: Format, pieces: Int) async throws {
        let (first, second) = (Array(Self.content.prefix(200)), Array(Self.content.dropFirst(200)))
        let whole = try await format.packed(Self.content)
        let parts = try await format.packed(first) + format.packed([]) + format.packed(second)
        #expect(try Self.read(whole, format, pieces: pieces) == Self.content)
        #expect(try Self.read(parts, format, pieces: pieces) == Self.content)
    }

    @Test(arguments: formats)
    func `refuses every change that a checksum covers, and every cut`(format: Format) async throws {
        let whole = try await format.packed(Self.content)
        for index in whole.indices.dropFirst(format.firstCovered) {
            var changed = whole
            changed[index] ^= 1
            #expect(throws: Damage.self, "byte \(index) of \(whole.count)") { try Self.read(changed, format) }
        }
        for count in 1..<whole.count {
            #expect(throws: Damage.self, "cut at \(count)") { try Self.read(Array(whole.prefix(count)), format) }
        }
    }

    @Test(arguments: formats)
    func `refuses what is compressed twice`(format: Format) async throws {
        let twice = try await format.packed(format.packed(Self.content))
        #expect(throws: Damage.self) { try Self.read(twice, format) }
    }

    @Test(arguments: [1, Int.max])
    func `refuses a CRC and a length of gzip's that are others, in each member`(pieces: Int) async throws {
        let members = [try await Self.gzip.packed(Self.content), try await Self.gzip.packed(Array("more".utf8))]
        for end in [members[0].count, members[0].count + members[1].count] {
            for index in end - 8..<end {
                var changed = members[0] + members[1]
                changed[index] ^= 0x80
                let error = #expect(throws: Damage.self) { try Self.read(changed, Self.gzip, pieces: pieces) }
                #expect(error?.found == (index < end - 4 ? "incorrect data check" : "incorrect length check"))
            }
        }
    }

    @Test(arguments: [1, Int.max])
    func `refuses what follows a gzip stream, and says how much it is`(pieces: Int) async throws {
        let whole = try await Self.gzip.packed(Self.content)
        let tails: [[UInt8]] = [[0], [0x1f], [0x1f, 0], [0x1f, 0x1f, 0x8b], Array("garbage".utf8)]
        for tail in tails {
            let error = #expect(throws: Damage.self) { try Self.read(whole + tail, Self.gzip, pieces: pieces) }
            #expect(error?.found.hasPrefix("\(tail.count) bytes") == true, "\(tail): \(error?.found ?? "")")
        }
        // The start of another member is not garbage, and has to go on.
        let cut = #expect(throws: Damage.self) {
            try Self.read(whole + [0x1f, 0x8b], Self.gzip, pieces: pieces)
        }
        #expect(cut?.found == "truncated gzip input")
    }
}
