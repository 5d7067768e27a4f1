/// The sections and symbols of a program or library in memory: ELF, 64 bits, little-endian (gABI, "Sections" and "Symbol
/// Table").
///
/// The file is untrusted: every number is compared with the file's size before it is used, and nothing is allocated by a
/// number that the file states. ``ProgramDifference`` names places with it.
package struct ElfImage: Sendable {
    /// A section.
    package struct Section: Equatable, Sendable {
        /// What a section holds, as far as a comparison needs to know (`sh_type`).
        package enum Content: Equatable, Sendable {
            /// What the program defines: code, constants, variables.
            case program
            /// Nothing in the file: memory that is zero at the start.
            case zeros
            /// Tables that a linker makes out of the rest.
            case tables
        }

        /// The name, such as `.text`.
        package let name: String
        /// The address in memory; 0 where the section is not loaded.
        package let address: UInt64
        /// The size in memory, in bytes.
        package let size: UInt64
        /// What it holds.
        package let content: Content
        /// Whether it is part of the running program (`SHF_ALLOC`).
        package let isLoaded: Bool
        /// Its bytes in the file; empty for ``Content/zeros``.
        package let range: Range<Int>
    }

    /// A name for an address.
    package struct Symbol: Equatable, Sendable {
        /// The name, as the compiler mangled it.
        package let name: String
        /// How many bytes the address is behind the symbol's own.
        package let offset: UInt64
    }

    /// The header's fields that lead to sections.
    private enum Field {
        static let sectionTable = 40
        static let sectionSize = 58
        static let sectionCount = 60
        static let nameSection = 62
        static let end = 64
    }

    private static let sectionLength = 64
    private static let symbolLength = 24
    private static let maximumNameLength = 4096

    /// The file.
    package let bytes: [UInt8]
    /// The sections in the order of the file's table, without the empty first one.
    package let sections: [Section]
    /// The ranges of a symbol table and of its names.
    private var symbolTables: [(entries: Range<Int>, names: Range<Int>)] = []

    /// Whether bytes begin as an ELF file does.
    package static func isElf(_ bytes: [UInt8]) -> Bool {
        bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46])
    }

    /// Reads the table of sections.
    ///
    /// - Parameter bytes: The file. nil results where it is no such ELF file, has no sections, or states a place outside of
    ///   itself.
    package init?(_ bytes: [UInt8]) {
        // 64 bits, little-endian, version 1.
        guard Self.isElf(bytes), bytes.count >= Field.end, bytes[4...6].elementsEqual([2, 1, 1]),
            let table = Int(exactly: Self.number(in: bytes, at: Field.sectionTable, 8)),
            Self.number(in: bytes, at: Field.sectionSize, 2) == UInt64(Self.sectionLength)
        else { return nil }
        let count = Int(Self.number(in: bytes, at: Field.sectionCount, 2))
        let nameIndex = Int(Self.number(in: bytes, at: Field.nameSection, 2))
        guard count > 1, nameIndex < count, table >= Field.end, table <= bytes.count,
            count <= (bytes.count - table) / Self.sectionLength
        else { return nil }
        let headers = (0..<count).map { Header(bytes, at: table + $0 * Self.sectionLength) }
        guard let names = headers[nameIndex].range(in: bytes) else { return nil }
        var sections: [Section] = []
        for header in headers.dropFirst() {
            guard let range = header.range(in: bytes), let name = Self.name(in: bytes, names, at: header.name) else {
                return nil
            }
            sections.append(header.section(named: name, at: range))
            if header.isSymbolTable, header.link < count, let names = headers[header.link].range(in: bytes) {
                symbolTables.append((range, names))
            }
        }
        self.bytes = bytes
        self.sections = sections
    }

    /// Finds the name for an address: the smallest symbol around it, else the last one before it.
    ///
    /// - Parameters:
    ///   - address: An address in memory.
    ///   - section: The section of the address; a symbol before it counts only if it is in this section, too.
    /// - Returns: nil without symbols, as in a stripped program.
    package func symbol(at address: UInt64, in section: Section) -> Symbol? {
        var best: (entry: SymbolEntry, name: String)?
        for (entries, names) in symbolTables {
            for index in 0..<entries.count / Self.symbolLength {
                let entry = SymbolEntry(bytes, at: entries.lowerBound + index * Self.symbolLength)
                guard entry.isNamedPlace, entry.value <= address, entry.value >= section.address,
                    best.map({ entry.isCloser(than: $0.entry, to: address) }) ?? true,
                    let name = Self.name(in: bytes, names, at: entry.name), !name.isEmpty
                else { continue }
                best = (entry, name)
            }
        }
        return best.map { Symbol(name: $0.name, offset: address - $0.entry.value) }
    }

    /// A little-endian number; the caller has compared its place with the file's size.
    fileprivate static func number(in bytes: [UInt8], at start: Int, _ count: Int) -> UInt64 {
        bytes[start..<start + count].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func name(in bytes: [UInt8], _ table: Range<Int>, at offset: Int) -> String? {
        guard offset < table.count else { return nil }
        let start = bytes[table].dropFirst(offset).prefix(maximumNameLength)
        guard let end = start.firstIndex(of: 0) else { return nil }
        return String(decoding: bytes[start.startIndex..<end], as: UTF8.self)
    }
}

extension ElfImage {
    /// An entry of the table of sections (`Elf64_Shdr`).
    private struct Header {
        let name, link: Int
        let type: UInt64
        let flags, address, offset, size: UInt64

        init(_ bytes: [UInt8], at place: Int) {
            func field(_ offset: Int, _ count: Int) -> UInt64 { ElfImage.number(in: bytes, at: place + offset, count) }
            name = Int(field(0, 4))
            type = field(4, 4)
            flags = field(8, 8)
            address = field(16, 8)
            offset = field(24, 8)
            size = field(32, 8)
            link = Int(field(40, 4))
        }

        /// SHT_SYMTAB or SHT_DYNSYM.
        var isSymbolTable: Bool { type == 2 || type == 11 }

        /// Where the content is in the file; nil where it is not inside of it.
        func range(in bytes: [UInt8]) -> Range<Int>? {
            // SHT_NOBITS has a size in memory only.
            guard type != 8 else { return 0..<0 }
            guard let start = Int(exactly: offset), let length = Int(exactly: size), start <= bytes.count,
                length <= bytes.count - start
            else { return nil }
            return start..<start + length
        }

        func section(named name: String, at range: Range<Int>) -> Section {
            // SHT_PROGBITS, SHT_NOTE, SHT_INIT_ARRAY to SHT_PREINIT_ARRAY; stack unwinding follows from code.
            let isProgram = [1, 7, 14, 15, 16].contains(type) && !name.hasPrefix(".eh_frame")
            return Section(
                name: name,
                address: address,
                size: size,
                content: type == 8 ? .zeros : isProgram ? .program : .tables,
                isLoaded: flags & 2 != 0,
                range: range
            )
        }
    }

    /// An entry of a symbol table (`Elf64_Sym`).
    private struct SymbolEntry {
        let name: Int
        let type: UInt8
        let value, size: UInt64

        init(_ bytes: [UInt8], at place: Int) {
            name = Int(ElfImage.number(in: bytes, at: place, 4))
            type = bytes[place + 4] & 15
            value = ElfImage.number(in: bytes, at: place + 8, 8)
            size = ElfImage.number(in: bytes, at: place + 16, 8)
        }

        /// Whether it names code or data: STT_NOTYPE, STT_OBJECT, STT_FUNC, STT_GNU_IFUNC.
        var isNamedPlace: Bool { [0, 1, 2, 10].contains(type) && value > 0 }

        func contains(_ address: UInt64) -> Bool { address - value < size }

        func isCloser(than other: SymbolEntry, to address: UInt64) -> Bool {
            switch (contains(address), other.contains(address)) {
            case (true, true): size < other.size
            case (true, false): true
            case (false, true): false
            case (false, false): value > other.value
            }
        }
    }
}
