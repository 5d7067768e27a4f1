import ProgramComparison
import Testing

@Suite struct ProgramDifferenceTests {
    @Test func `the same bytes have no difference`() {
        #expect(ProgramDifference.between(SampleProgram().bytes, SampleProgram().bytes) == nil)
        #expect(ProgramDifference.between([], []) == nil)
    }

    @Test func `a changed instruction is named by section, address and symbol`() throws {
        var other = SampleProgram()
        other.code[0x1a] = 0xff
        let difference = try #require(ProgramDifference.between(SampleProgram().bytes, other.bytes))
        #expect(difference.section == ".text" && difference.offset == 0x1a && difference.address == 0x101a)
        #expect(difference.symbol == "inner+0x2" && difference.sections == [".text"])
        #expect(difference.first == "1b1c1d1e1f202122" && difference.second == "ff1c1d1e1f202122")
        #expect(difference.text == ".text+0x1a (address 0x101a, in inner+0x2)")
    }

    @Test func `stripped programs are named by the symbols of the one before it was stripped`() throws {
        var (first, second) = (SampleProgram(), SampleProgram())
        second.code[1] = 0xff
        let symbols = second.bytes
        first.hasSymbols = false
        second.hasSymbols = false
        #expect(ProgramDifference.between(first.bytes, second.bytes)?.symbol == nil)
        #expect(ProgramDifference.between(first.bytes, second.bytes, symbols: symbols)?.symbol == "start+0x1")
    }

    @Test func `what moved everything counts before the tables that follow from it`() throws {
        var other = SampleProgram()
        other.hasSymbols = false
        var first = other
        first.constants = Array("/home/somebody".utf8)
        other.constants = Array("/home/somebody/else".utf8)
        first.code[3] = 9
        let difference = try #require(ProgramDifference.between(first.bytes, other.bytes))
        #expect(difference.section == ".rodata" && difference.offset == 14 && difference.first == "the end")
        #expect(difference.sections == [".text", ".rodata"])
    }

    @Test func `a section that only one has is the difference`() throws {
        var other = SampleProgram()
        other.hasSymbols = false
        let difference = try #require(ProgramDifference.between(SampleProgram().bytes, other.bytes))
        #expect(difference.section == ".symtab" && difference.second == "the end")
        #expect(ProgramDifference.between(other.bytes, SampleProgram().bytes)?.first == "the end")
    }

    @Test func `a difference outside of all sections, and of other files, is named by its offset`() throws {
        var bytes = SampleProgram().bytes
        bytes[24] ^= 1
        let difference = try #require(ProgramDifference.between(SampleProgram().bytes, bytes))
        #expect(difference.section == nil && difference.offset == 24 && difference.text == "byte 24")
        let texts = ProgramDifference.between(Array("one text".utf8), Array("one text more".utf8))
        #expect(texts?.text == "byte 8" && texts?.first == "the end" && texts?.second == "206d6f7265")
        #expect(ProgramDifference.between([], bytes)?.offset == 0)
    }
}
