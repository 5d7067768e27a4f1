import Foundation

/// The smallest ELF file that names an interpreter and libraries, and what its maker may lie about.
struct SampleElf: Sendable {
    var machine: UInt16 = 62
    var interpreter: String?
    var needed: [String] = []
    var olderRunPath: String?
    var runPath: String?
    var hasTerminator = true

    /// Where the parts of the file begin.
    enum Place {
        static let segments = 64
        static let dynamicSegment = segments + 56
    }

    /// The file: header, three program headers, dynamic section, strings.
    var bytes: [UInt8] {
        var strings: [UInt8] = [0]
        func place(_ text: String) -> UInt64 {
            strings += Array(text.utf8) + [0]
            return UInt64(strings.count - text.utf8.count - 1)
        }
        var entries: [(UInt64, UInt64)] = []
        if let olderRunPath { entries.append((15, place(olderRunPath))) }
        if let runPath { entries.append((29, place(runPath))) }
        let interpreterPlace = interpreter.map(place)
        for name in needed { entries.append((1, place(name))) }
        let count = entries.count + (hasTerminator ? 2 : 1)
        let dynamic = UInt64(Place.segments + 3 * 56)
        let text = dynamic + UInt64(count * 16)
        entries.append((5, 0x40_0000 + text))
        if hasTerminator { entries.append((0, 0)) }
        var bytes: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9)
        bytes += Self.number(3, 2) + Self.number(UInt64(machine), 2) + Self.number(1, 4) + Self.number(0, 8)
        bytes += Self.number(UInt64(Place.segments), 8) + Self.number(0, 8) + Self.number(0, 4)
        bytes += Self.number(64, 2) + Self.number(56, 2) + Self.number(3, 2) + [UInt8](repeating: 0, count: 6)
        let all = text + UInt64(strings.count)
        bytes += Self.segment(1, at: 0, length: all)
        bytes += Self.segment(2, at: dynamic, length: UInt64(count * 16))
        bytes += Self.segment(interpreter == nil ? 0 : 3, at: text + (interpreterPlace ?? 0), length: 1)
        for (tag, value) in entries { bytes += Self.number(tag, 8) + Self.number(value, 8) }
        return bytes + strings
    }

    /// Writes the file where a test wants it.
    func write(to url: URL) throws {
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        try Data(bytes).write(to: url)
    }

    static func number(_ value: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }

    private static func segment(_ kind: UInt64, at offset: UInt64, length: UInt64) -> [UInt8] {
        number(kind, 4) + number(4, 4) + number(offset, 8) + number(0x40_0000 + offset, 8) + number(0, 8)
            + number(length, 8) + number(length, 8) + number(8, 8)
    }
}
