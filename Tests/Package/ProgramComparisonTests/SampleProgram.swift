/// A small ELF file with code, a constant, zeros and symbols, and what its maker may change in it.
struct SampleProgram {
    /// A section: its name, type and flags, address and bytes.
    struct Section {
        var name: String
        var type: UInt64 = 1
        var flags: UInt64 = 2
        var address: UInt64 = 0
        var bytes: [UInt8] = []
        var size: UInt64?
        var link: UInt64 = 0
    }

    var code = [UInt8](1...64)
    var constants = Array("constant".utf8)
    var symbols: [(name: String, address: UInt64, size: UInt64)] = [
        ("start", 0x1000, 16), ("middle", 0x1010, 32), ("inner", 0x1018, 8),
    ]
    var hasSymbols = true

    private static func number(_ value: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }

    private var sections: [Section] {
        var names: [UInt8] = [0]
        var entries = [UInt8](repeating: 0, count: 24)
        for symbol in symbols {
            entries += Self.number(UInt64(names.count), 4) + [2, 0] + Self.number(1, 2)
            entries += Self.number(symbol.address, 8) + Self.number(symbol.size, 8)
            names += Array(symbol.name.utf8) + [0]
        }
        let tables = [
            Section(name: ".symtab", type: 2, flags: 0, bytes: entries, link: 6),
            Section(name: ".strtab", type: 3, flags: 0, bytes: names),
        ]
        return [
            Section(name: ".text", flags: 6, address: 0x1000, bytes: code),
            Section(name: ".rela.dyn", type: 4, address: 0x1800, bytes: Self.number(UInt64(code.count), 24)),
            Section(name: ".rodata", address: 0x2000, bytes: constants),
            Section(name: ".bss", type: 8, flags: 3, address: 0x3000, size: 4096),
        ] + (hasSymbols ? tables : [])
    }

    /// The file: header, contents, names of sections, table of sections.
    var bytes: [UInt8] {
        var contents: [UInt8] = []
        var names: [UInt8] = [0]
        var table = [UInt8](repeating: 0, count: 64)
        for section in sections + [Section(name: ".shstrtab", type: 3, flags: 0)] {
            let name = UInt64(names.count)
            names += Array(section.name.utf8) + [0]
            let body = section.name == ".shstrtab" ? names : section.bytes
            let size = section.size ?? UInt64(body.count)
            table += Self.number(name, 4) + Self.number(section.type, 4) + Self.number(section.flags, 8)
            table += Self.number(section.address, 8) + Self.number(UInt64(64 + contents.count), 8)
            table += Self.number(size, 8) + Self.number(section.link, 4) + Self.number(0, 20)
            contents += body
        }
        let count = UInt64(table.count / 64)
        var header: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9)
        header += Self.number(3, 2) + Self.number(62, 2) + Self.number(1, 4) + Self.number(0x1000, 8)
        header += Self.number(0, 8) + Self.number(UInt64(64 + contents.count), 8) + Self.number(0, 4)
        header += Self.number(64, 2) + Self.number(0, 2) + Self.number(0, 2) + Self.number(64, 2)
        header += Self.number(count, 2) + Self.number(count - 1, 2)
        return header + contents + table
    }
}
