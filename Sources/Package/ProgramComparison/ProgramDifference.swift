import Diagnostics

/// The first difference between two builds of a program or library, by section and symbol; of any other file by offset.
package struct ProgramDifference: Equatable, Sendable {
    /// How many sections and bytes are told.
    private static let (maximumSections, shownBytes) = (64, 8)

    /// The section; nil where the file has none, or the difference is outside of all.
    package let section: String?
    /// The position in the section, else in the file, in bytes.
    package let offset: Int
    /// The address in memory of the second build; nil where the section is not loaded.
    package let address: UInt64?
    /// The symbol at that address with the distance from it, such as `main+0x10`; nil where none is known.
    package let symbol: String?
    /// The bytes there as hexadecimal digits, at most eight, or `the end`.
    package let first, second: String
    /// Every section that differs, at most 64, in the file's order.
    package let sections: [String]

    /// Compares two builds.
    ///
    /// If a section has another size, everything behind it moves, and with it the tables that a linker makes. So the first
    /// section of another size with code or data counts before others; else the first one that differs.
    ///
    /// - Parameters:
    ///   - first: One build's file; untrusted.
    ///   - second: The other's; untrusted.
    ///   - symbols: The second build with its symbols, before it was stripped; nil for those that `second` has.
    /// - Returns: nil for the same bytes.
    package static func between(_ first: [UInt8], _ second: [UInt8], symbols: [UInt8]? = nil) -> ProgramDifference? {
        guard first != second else { return nil }
        guard let images = ElfImage(first).flatMap({ mine in ElfImage(second).map { (mine, $0) } }) else {
            return ofBytes(first[...], second[...])
        }
        let pairs = differentSections(images.0, images.1)
        let moved = pairs.first { first, second in
            second?.content == .program && second?.isLoaded == true && first?.size != second?.size
        }
        guard let (mine, theirs) = moved ?? pairs.first, let section = theirs ?? mine else {
            return ofBytes(first[...], second[...])
        }
        let place = ofBytes(
            mine.map { first[$0.range] } ?? [],
            theirs.map { second[$0.range] } ?? [],
            section: section.name,
            sections: pairs.prefix(maximumSections).compactMap { ($1 ?? $0)?.name }
        )
        guard section.isLoaded, theirs != nil else { return place }
        return place.named(at: section, in: symbols.flatMap(ElfImage.init) ?? images.1)
    }

    /// The difference in one line, such as `.text+0x40 (address 0x401040, in main+0x10)`.
    package var text: String {
        var place = section.map { "\($0)+0x\(String(offset, radix: 16))" } ?? "byte \(offset)"
        let address = address.map { "address 0x\(String($0, radix: 16))" }
        let known = [address, symbol.map { "in \($0)" }].compactMap(\.self)
        if !known.isEmpty { place += " (\(known.joined(separator: ", ")))" }
        return place
    }

    /// Sections that are not the same in both, in the order of the second file; one of only one file has no partner.
    private static func differentSections(
        _ first: ElfImage,
        _ second: ElfImage
    ) -> [(ElfImage.Section?, ElfImage.Section?)] {
        // A name may occur more than once.
        var waiting = first.sections[...]
        var pairs: [(ElfImage.Section?, ElfImage.Section?)] = []
        for theirs in second.sections {
            guard let index = waiting.firstIndex(where: { $0.name == theirs.name }) else {
                pairs.append((nil, theirs))
                continue
            }
            pairs += waiting[..<index].map { ($0, nil) }
            let mine = waiting[index]
            waiting = waiting[(index + 1)...]
            if mine.size != theirs.size || first.bytes[mine.range] != second.bytes[theirs.range] {
                pairs.append((mine, theirs))
            }
        }
        return pairs + waiting.map { ($0, nil) }
    }

    private static func ofBytes(
        _ first: ArraySlice<UInt8>,
        _ second: ArraySlice<UInt8>,
        section: String? = nil,
        sections: [String] = []
    ) -> ProgramDifference {
        let same = zip(first, second).prefix { $0 == $1 }.count
        func shown(_ bytes: ArraySlice<UInt8>) -> String {
            let rest = bytes.dropFirst(same).prefix(shownBytes)
            return rest.isEmpty ? "the end" : Hexadecimal.text(rest)
        }
        return ProgramDifference(
            section: section,
            offset: same,
            address: nil,
            symbol: nil,
            first: shown(first),
            second: shown(second),
            sections: sections
        )
    }

    private func named(at section: ElfImage.Section, in image: ElfImage) -> ProgramDifference {
        let (address, isOver) = section.address.addingReportingOverflow(UInt64(offset))
        guard !isOver else { return self }
        let symbol = image.symbol(at: address, in: section).map { "\($0.name)+0x\(String($0.offset, radix: 16))" }
        return ProgramDifference(
            section: self.section,
            offset: offset,
            address: address,
            symbol: symbol,
            first: first,
            second: second,
            sections: sections
        )
    }
}
