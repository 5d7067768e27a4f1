import Files
import Glibc

/// The headers of a program or a library that the dynamic linker reads: ELF, 64 bits, little-endian (gABI, "Program
/// Loading and Dynamic Linking").
///
/// Only headers and names are read, each within bounds, so that a hostile file costs no memory.
package struct ElfFile: Equatable, Sendable {
    private static let headerLength = 64
    private static let maximumDynamicLength = 1 << 20
    private static let maximumNameLength = 4096
    /// DT_NEEDED, DT_RPATH and DT_RUNPATH.
    private static let namedTags: Set<UInt64> = [1, 15, 29]

    /// The processor, as `e_machine` numbers it.
    package private(set) var machine: UInt16 = 0
    /// The program that loads this one; nil for libraries and for programs that are linked statically.
    package private(set) var interpreter: String?
    /// The libraries it asks for, in order.
    package private(set) var needed: [String] = []
    /// Its search path for libraries; `$ORIGIN` is its own folder.
    package private(set) var runPath: [String] = []
    /// Whether `runPath` is of the older kind, which comes before the caller's paths.
    package private(set) var isRunPathFirst = false

    /// A part of the file that is mapped: its addresses in memory and offsets in the file.
    private struct Segment {
        let address: UInt64
        let offset: UInt64
        let length: UInt64
    }

    /// Reads a file.
    ///
    /// - Parameter path: The file's path; the caller trusts it.
    /// - Returns: nil where the file is no ELF file at all.
    /// - Throws: `file.*`; `bundle.elf-invalid` for one that is broken, or for another kind of machine.
    package static func read(_ path: String) throws(BundleError) -> ElfFile? {
        let file = try OpenFile<BundleError>(opening: path)
        let header = try bytes(of: file, at: 0, count: headerLength, orLess: true)
        guard header.starts(with: [0x7f, 0x45, 0x4c, 0x46]) else { return nil }
        guard header.count == headerLength, header[4] == 2, header[5] == 1 else {
            throw invalid(path, "ELF of 64 bits, little-endian")
        }
        return try ElfFile(file, header: header)
    }

    private init(_ file: OpenFile<BundleError>, header: [UInt8]) throws(BundleError) {
        machine = UInt16(truncatingIfNeeded: Self.number(header, 18, 2))
        let (offset, size, count) = (
            Self.number(header, 32, 8), Self.number(header, 54, 2), Self.number(header, 56, 2)
        )
        guard count == 0 || size == 56 else { throw Self.invalid(file.name, "program headers of 56 bytes") }
        let table = try Self.bytes(of: file, at: offset, count: Int(count * 56))
        var segments: [Segment] = []
        var dynamic: Segment?
        for start in stride(from: 0, to: table.count, by: 56) {
            let segment = Segment(
                address: Self.number(table, start + 16, 8),
                offset: Self.number(table, start + 8, 8),
                length: Self.number(table, start + 32, 8)
            )
            switch Self.number(table, start, 4) {
            case 1: segments.append(segment)
            case 2: dynamic = segment
            case 3: interpreter = try Self.name(in: file, at: segment.offset)
            default: break
            }
        }
        if let dynamic { try read(dynamic, segments, file) }
    }

    /// Reads the dynamic section: tags and values of eight bytes each.
    private mutating func read(
        _ dynamic: Segment,
        _ segments: [Segment],
        _ file: OpenFile<BundleError>
    ) throws(BundleError) {
        guard dynamic.length <= Self.maximumDynamicLength else {
            throw Self.invalid(file.name, "a dynamic section of at most \(Self.maximumDynamicLength) bytes")
        }
        let entries = try Self.bytes(of: file, at: dynamic.offset, count: Int(dynamic.length))
        var values: [(tag: UInt64, value: UInt64)] = []
        for start in stride(from: 0, to: entries.count - 15, by: 16) {
            let tag = Self.number(entries, start, 8)
            if tag == 0 { break }
            values.append((tag, Self.number(entries, start + 8, 8)))
        }
        // DT_STRTAB is an address, which the segments turn into a place in the file.
        guard let table = values.first(where: { $0.tag == 5 })?.value,
            let segment = segments.first(where: { table >= $0.address && table - $0.address < $0.length })
        else {
            // Without the names, a bundle would lack what the file loads, without an error.
            guard !values.contains(where: { Self.namedTags.contains($0.tag) }) else {
                throw Self.invalid(file.name, "a string table inside a segment")
            }
            return
        }
        let (strings, isOver) = segment.offset.addingReportingOverflow(table - segment.address)
        guard !isOver else { throw Self.invalid(file.name, "a string table inside the file") }
        for (tag, value) in values where Self.namedTags.contains(tag) {
            let (place, isOver) = strings.addingReportingOverflow(value)
            guard !isOver else { throw Self.invalid(file.name, "names inside the file") }
            let name = try Self.name(in: file, at: place)
            switch tag {
            case 1: needed.append(name)
            case 15 where runPath.isEmpty:
                runPath = name.split(separator: ":").map(String.init)
                isRunPathFirst = true
            case 29:
                runPath = name.split(separator: ":").map(String.init)
                isRunPathFirst = false
            default: break
            }
        }
    }

    static func number(_ bytes: [UInt8], _ start: Int, _ count: Int) -> UInt64 {
        bytes[start..<start + count].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    static func bytes(
        of file: OpenFile<BundleError>,
        at offset: UInt64,
        count: Int,
        orLess: Bool = false
    ) throws(BundleError) -> [UInt8] {
        let size = try file.size()
        guard let offset = Int(exactly: offset), offset <= size else {
            throw invalid(file.name, "headers inside the file")
        }
        var bytes = [UInt8](repeating: 0, count: count)
        let got = try file.read(into: &bytes, count: count, at: offset)
        guard got == count || orLess else { throw invalid(file.name, "headers inside the file") }
        return Array(bytes[..<got])
    }

    static func name(in file: OpenFile<BundleError>, at offset: UInt64) throws(BundleError) -> String {
        let bytes = try bytes(of: file, at: offset, count: maximumNameLength, orLess: true)
        guard let end = bytes.firstIndex(of: 0), let name = String(validating: bytes[..<end], as: UTF8.self) else {
            throw invalid(file.name, "names of at most \(maximumNameLength) bytes")
        }
        return name
    }

    static func invalid(_ path: String, _ expected: String) -> BundleError {
        BundleError(.elfInvalid, subject: path, expected: expected)
    }
}
