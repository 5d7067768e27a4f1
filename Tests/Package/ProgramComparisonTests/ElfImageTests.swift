import Foundation
import ProgramComparison
import TestSupport
import Testing

@Suite struct ElfImageTests {
    private static let readelf = OutsideTool(named: "readelf")
    /// A program with a table of symbols, which the build puts beside the tests.
    private static let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        .appending(path: "adyton-init")

    private static func lines(_ options: String...) async throws -> [[Substring]] {
        let tool = try #require(readelf)
        let output = try await tool.run(options + [program.path])
        #expect(output.status == 0, "\(output.standardError)")
        return String(decoding: output.standardOutput, as: UTF8.self).split(separator: "\n")
            .map { $0.replacing("[ ", with: "[").split(separator: " ") }
    }

    @Test(.enabled(if: readelf != nil || OutsideTool.isRequired, "readelf of binutils is missing"))
    func `sections are those that readelf prints`() async throws {
        let image = try #require(ElfImage(Array(Data(contentsOf: Self.program))))
        // [Nr] Name Type Address Off Size ...
        let lines = try await Self.lines("-SW")
        let expected = lines.filter { $0.first?.hasPrefix("[") == true && $0.count > 6 }.dropFirst(2)
        #expect(image.sections.count > 20 && image.sections.count == expected.count)
        for (section, words) in zip(image.sections, expected) {
            #expect(section.name == words[1])
            #expect(section.address == UInt64(words[3], radix: 16), "\(section.name)")
            #expect(section.size == UInt64(words[5], radix: 16), "\(section.name)")
            let isInFile = words[2] != "NOBITS"
            #expect(section.range.count == (isInFile ? Int(section.size) : 0))
            #expect(!isInFile || section.range.lowerBound == Int(words[4], radix: 16))
        }
    }

    @Test(.enabled(if: readelf != nil || OutsideTool.isRequired, "readelf of binutils is missing"))
    func `an address has the name that readelf prints for it`() async throws {
        let image = try #require(ElfImage(Array(Data(contentsOf: Self.program))))
        let text = try #require(image.sections.first { $0.name == ".text" })
        // Num: Value Size Type Bind Vis Ndx Name
        let functions = try await Self.lines("-sW").filter { $0.count == 8 && $0[3] == "FUNC" && $0[6] != "UND" }
        var names: [UInt64: Set<Substring>] = [:]
        for words in functions { names[UInt64(words[1], radix: 16) ?? 0, default: []].insert(words[7]) }
        let places = names.keys.filter { text.address..<text.address + text.size ~= $0 }.sorted()
        #expect(places.count > 1000)
        for place in stride(from: 0, to: places.count, by: places.count / 40).map({ places[$0] }) {
            let symbol = try #require(image.symbol(at: place, in: text))
            #expect(symbol.offset == 0 && names[place]?.contains(Substring(symbol.name)) == true, "\(symbol)")
        }
    }

    @Test func `the smallest symbol around an address names it, else the last one before it`() throws {
        let image = try #require(ElfImage(SampleProgram().bytes))
        let text = try #require(image.sections.first)
        let found = [0x1000, 0x1012, 0x1019, 0x1022, 0x1038].map { image.symbol(at: $0, in: text) }
        #expect(found.map { $0?.name } == ["start", "middle", "inner", "middle", "inner"])
        #expect(found.map { $0?.offset } == [0, 2, 1, 0x12, 0x20])
        // What is before the section is not in it.
        let constants = try #require(image.sections.first { $0.name == ".rodata" })
        #expect(image.symbol(at: 0x2001, in: constants) == nil)
    }

    @Test func `a file that was cut is read as far as it goes, or refused`() {
        let bytes = SampleProgram().bytes
        for count in 0..<bytes.count { #expect(ElfImage(Array(bytes[..<count])) == nil) }
        #expect(ElfImage(bytes) != nil)
    }

    @Test func `no number of a hostile file leads outside of it`() {
        let bytes = SampleProgram().bytes
        for place in bytes.indices {
            for value in [0, 1, 0x7f, 0x80, 0xff] as [UInt8] {
                var hostile = bytes
                hostile[place] = value
                guard let image = ElfImage(hostile) else { continue }
                for section in image.sections {
                    #expect(section.range.upperBound <= hostile.count)
                    _ = image.symbol(at: section.address, in: section)
                    _ = image.symbol(at: .max, in: section)
                }
            }
        }
    }
}
