import Files

extension ElfFile {
    private static let sectionLength: UInt64 = 64

    /// Finds a section by its name (gABI, "Sections").
    ///
    /// - Parameters:
    ///   - name: The name, such as `.text`.
    ///   - file: A file that ``read(_:)`` has accepted.
    /// - Returns: The section's place in the file; nil where there is no such section or nothing of it in the file.
    /// - Throws: `file.*`; `bundle.elf-invalid` for a table that leaves the file.
    static func place(of name: String, in file: OpenFile<BundleError>) throws(BundleError) -> Range<Int>? {
        let header = try bytes(of: file, at: 0, count: 64)
        let (table, length) = (number(header, 40, 8), number(header, 58, 2))
        let (count, nameIndex) = (number(header, 60, 2), number(header, 62, 2))
        guard count > 0 else { return nil }
        guard length == sectionLength, nameIndex < count else {
            throw invalid(file.name, "section headers of \(sectionLength) bytes")
        }
        let entries = try bytes(of: file, at: table, count: Int(count * sectionLength))
        let names = number(entries, Int(nameIndex * sectionLength) + 24, 8)
        let size = UInt64(try file.size())
        for start in stride(from: 0, to: entries.count, by: Int(sectionLength)) {
            let (place, isOver) = names.addingReportingOverflow(number(entries, start, 4))
            guard !isOver else { throw invalid(file.name, "names of sections inside the file") }
            // 8 is SHT_NOBITS: memory without bytes in the file.
            guard number(entries, start + 4, 4) != 8, place < size, try Self.name(in: file, at: place) == name else {
                continue
            }
            let (offset, length) = (number(entries, start + 24, 8), number(entries, start + 32, 8))
            guard offset <= size, length <= size - offset else { throw invalid(file.name, "sections inside the file") }
            return Int(offset)..<Int(offset + length)
        }
        return nil
    }
}
