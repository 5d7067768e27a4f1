import ApplicationBundle
import Foundation
import TestSupport
import Testing

@Suite struct ElfFileTests {
    private static let whole = SampleElf(
        interpreter: "/lib/ld.so",
        needed: ["liba.so", "libb.so"],
        olderRunPath: "/older",
        runPath: "$ORIGIN/lib:/other"
    )

    private static func read(_ bytes: [UInt8]) throws -> ElfFile? {
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "file")
        try Data(bytes).write(to: file)
        return try ElfFile.read(file.path)
    }

    private static func code(_ bytes: [UInt8]) throws -> BundleError.Code? {
        do {
            _ = try read(bytes)
            return nil
        } catch let error as BundleError {
            return error.code
        }
    }

    @Test func `reads the interpreter, the libraries and the run path, the newer kind first`() throws {
        let file = try #require(try Self.read(Self.whole.bytes))
        #expect(file.machine == 62)
        #expect(file.interpreter == "/lib/ld.so")
        #expect(file.needed == ["liba.so", "libb.so"])
        #expect(file.runPath == ["$ORIGIN/lib", "/other"])
        #expect(!file.isRunPathFirst)
        let older = try #require(try Self.read(SampleElf(olderRunPath: "/older").bytes))
        #expect(older.runPath == ["/older"])
        #expect(older.isRunPathFirst)
    }

    @Test func `a dynamic section without an end is read to its length`() throws {
        var elf = Self.whole
        elf.hasTerminator = false
        #expect(try Self.read(elf.bytes)?.needed == ["liba.so", "libb.so"])
    }

    @Test func `what is no ELF file is none`() throws {
        #expect(try Self.read([]) == nil)
        #expect(try Self.read(Array("#!/bin/sh\n".utf8)) == nil)
    }

    @Test func `a file cut at any byte is refused`() throws {
        let bytes = Self.whole.bytes
        for length in 4..<bytes.count {
            #expect(try Self.code(Array(bytes[..<length])) == .elfInvalid, "cut at \(length)")
        }
    }

    @Test func `a file with any byte flipped is read or refused, and never anything else`() throws {
        let bytes = Self.whole.bytes
        var refused = 0
        for place in bytes.indices {
            for mask: UInt8 in [0x01, 0x80, 0xff] {
                var flipped = bytes
                flipped[place] ^= mask
                let code = try Self.code(flipped)
                #expect(code == nil || code == .elfInvalid, "byte \(place)")
                if code != nil { refused += 1 }
            }
        }
        #expect(refused > 0)
    }

    private static let dynamic = SampleElf.Place.dynamicSegment
    private static let lies: [(what: String, place: Int, value: [UInt8])] = [
        ("32 bits", 4, [1]), ("big-endian", 5, [2]),
        ("program headers behind the end", 32, SampleElf.number(1 << 20, 8)),
        ("program headers behind all numbers", 32, SampleElf.number(.max, 8)),
        ("program headers of another size", 54, SampleElf.number(32, 2)),
        ("65535 program headers", 56, SampleElf.number(65_535, 2)),
        ("a dynamic section behind the end", dynamic + 8, SampleElf.number(1 << 30, 8)),
        ("a dynamic section behind all numbers", dynamic + 8, SampleElf.number(.max, 8)),
        ("a dynamic section of 1 TiB", dynamic + 32, SampleElf.number(1 << 40, 8)),
        ("a dynamic section of all numbers", dynamic + 32, SampleElf.number(.max, 8)),
        ("an interpreter behind the end", dynamic + 56 + 8, SampleElf.number(1 << 30, 8)),
        ("an interpreter behind all numbers", dynamic + 56 + 8, SampleElf.number(.max, 8)),
        ("strings in no segment", SampleElf.Place.segments + 16, SampleElf.number(1 << 40, 8)),
        ("strings behind the end", SampleElf.Place.segments + 8, SampleElf.number(1 << 30, 8)),
        ("strings behind all numbers", SampleElf.Place.segments + 8, SampleElf.number(.max, 8)),
        ("a name behind the end", dynamic + 112 + 8, SampleElf.number(1 << 30, 8)),
        ("a name behind all numbers", dynamic + 112 + 8, SampleElf.number(.max, 8)),
    ]

    @Test(arguments: lies)
    func `refuses`(what: String, place: Int, value: [UInt8]) throws {
        var bytes = Self.whole.bytes
        bytes.replaceSubrange(place..<place + value.count, with: value)
        #expect(try Self.code(bytes) == .elfInvalid, "\(what)")
    }

    @Test func `refuses a name that does not end`() throws {
        let long = SampleElf(needed: [String(repeating: "a", count: 4096)])
        #expect(try Self.code(long.bytes) == .elfInvalid)
        let longest = SampleElf(needed: [String(repeating: "a", count: 4095)])
        #expect(try Self.read(longest.bytes)?.needed.first?.utf8.count == 4095)
    }

    static let readelf = OutsideTool(named: "readelf")

    @Test(.enabled(if: readelf != nil || OutsideTool.isRequired, "readelf is missing"))
    func `agrees with readelf about a program of the system`() async throws {
        let readelf = try #require(Self.readelf)
        for path in ["/bin/ls", "/proc/self/exe"] {
            let real = URL(filePath: path).resolvingSymlinksInPath().path
            let file = try #require(try ElfFile.read(real))
            let output = try await readelf.run(["-d", "-l", "-W", real])
            #expect(output.status == 0)
            let lines = String(decoding: output.standardOutput, as: UTF8.self).split(separator: "\n")
            func names(_ mark: String, _ end: Character = "]") -> [String] {
                lines.filter { $0.contains(mark) }.compactMap { line in
                    line.firstRange(of: mark).map { String(line[$0.upperBound...].prefix { $0 != end }) }
                }
            }
            #expect(file.needed == names("Shared library: ["))
            #expect(file.runPath == names("Library runpath: [").flatMap { $0.split(separator: ":").map(String.init) })
            #expect(file.interpreter == names("program interpreter: ").first)
            #expect(!file.needed.isEmpty)
        }
    }
}
