/// The byte ranges of a PE image that Authenticode hashes, in order.
///
/// PE/COFF specification 8.0, appendix A, as EDK II's `MeasurePeImageAndExtend` implements it: everything but the
/// checksum, the directory entry of the certificate table, and the table itself. An image of which that code would hash
/// bytes twice or not at all is refused.
struct AuthenticodeImage {
    private static let directoryEntrySize = 8
    private static let certificateEntry = 4
    private static let sectionHeaderSize = 40

    /// The ranges of the file, hashed in this order.
    let ranges: [Range<Int>]
    private let content: PartContent

    /// Parses an untrusted image.
    ///
    /// - Parameter content: The image, patched as the hypervisor patches it.
    /// - Throws: `measure.kernel-truncated`, `measure.kernel-invalid`.
    init(_ content: PartContent) throws(LaunchMeasurementError) {
        self.content = content
        let headers = try Headers(content)
        let sections = try Self.sections(content, headers)
        var ranges = [0..<headers.checksum]
        if let entry = headers.certificateEntry {
            ranges += [headers.checksum + 4..<entry, entry + Self.directoryEntrySize..<headers.size]
        } else {
            ranges.append(headers.checksum + 4..<headers.size)
        }
        ranges += sections
        // Bytes after the sections, such as those a packer appends, are hashed too, up to the certificates.
        let hashed = headers.size + sections.reduce(0) { $0 + $1.count }
        let certificates = headers.certificates ?? content.count..<content.count
        guard certificates.upperBound == content.count, certificates.lowerBound >= hashed else {
            throw Self.invalid("certificate table", "the file's end", "\(certificates)")
        }
        ranges.append(hashed..<certificates.lowerBound)
        self.ranges = ranges.filter { !$0.isEmpty }
    }

    /// Hashes the image.
    ///
    /// - Returns: The digests.
    /// - Throws: Read errors.
    func digests() throws(LaunchMeasurementError) -> DigestPair {
        try DigestPair(of: content, ranges: ranges)
    }

    private static func sections(
        _ content: PartContent,
        _ headers: Headers
    ) throws(LaunchMeasurementError) -> [Range<Int>] {
        let table = try content.bytes(headers.sectionTable)
        var sections: [Range<Int>] = []
        for start in stride(from: 0, to: table.count, by: sectionHeaderSize) {
            let size: UInt32? = table.field(at: start + 16)
            let pointer: UInt32? = table.field(at: start + 20)
            guard let size, let pointer, size > 0 else { continue }
            sections.append(Int(pointer)..<Int(pointer) + Int(size))
        }
        sections.sort { $0.lowerBound < $1.lowerBound }
        var end = headers.size
        for section in sections {
            guard section.lowerBound >= end else { throw invalid("section", "to begin at \(end)", "\(section)") }
            end = section.upperBound
        }
        guard end <= content.count else { throw truncated("sections", end, content) }
        return sections
    }

    private static func invalid(_ subject: String, _ expected: String, _ found: String) -> LaunchMeasurementError {
        LaunchMeasurementError(.kernelInvalid, subject: "kernel's \(subject)", expected: expected, found: found)
    }

    private static func truncated(_ subject: String, _ needed: Int, _ content: PartContent) -> LaunchMeasurementError {
        LaunchMeasurementError(
            .kernelTruncated,
            subject: "kernel's \(subject)",
            expected: "\(needed) bytes",
            found: "\(content.count)"
        )
    }
}

extension AuthenticodeImage {
    /// The header fields that determine the ranges.
    private struct Headers {
        /// The checksum's offset.
        let checksum: Int
        /// The offset of the certificate table's directory entry; nil where there is none.
        let certificateEntry: Int?
        /// The certificate table; nil where there is none.
        let certificates: Range<Int>?
        let sectionTable: Range<Int>
        /// The field `SizeOfHeaders`.
        let size: Int

        init(_ content: PartContent) throws(LaunchMeasurementError) {
            let dos = try Self.read(content, at: 0, count: 64, "DOS header")
            guard dos[0] == UInt8(ascii: "M"), dos[1] == UInt8(ascii: "Z"),
                let start: UInt32 = dos.field(at: 0x3c)
            else { throw invalid("DOS header", "an EFI image (MZ)", "other bytes") }
            // "PE\0\0", then the COFF file header of 20 bytes.
            let file = try Self.read(content, at: Int(start), count: 24, "file header")
            guard file.field(at: 0, count: 4) == Array("PE\0\0".utf8), let sectionCount: UInt16 = file.field(at: 6),
                let optionalSize: UInt16 = file.field(at: 20)
            else { throw invalid("file header", "PE signature", "other bytes") }
            let optional = Int(start) + 24
            let fields = try Self.read(content, at: optional, count: Int(optionalSize), "optional header")
            guard let magic: UInt16 = fields.field(at: 0), magic == 0x10b || magic == 0x20b else {
                throw invalid("optional header", "PE32 or PE32+", "other magic")
            }
            let directory = magic == 0x20b ? 112 : 96
            guard let entryCount: UInt32 = fields.field(at: directory - 4), entryCount <= 16,
                let size: UInt32 = fields.field(at: 60),
                fields.count == directory + Int(entryCount) * directoryEntrySize
            else { throw invalid("optional header", "as many directory entries as it has room for", "\(optionalSize)") }
            let table = optional + fields.count
            let tableEnd = table + Int(sectionCount) * sectionHeaderSize
            guard tableEnd <= Int(size) else {
                throw invalid("header size", "at least \(tableEnd)", "\(size)")
            }
            guard Int(size) <= content.count else { throw truncated("headers", Int(size), content) }
            sectionTable = table..<tableEnd
            self.size = Int(size)
            checksum = optional + 64
            let entry = directory + AuthenticodeImage.certificateEntry * directoryEntrySize
            guard entryCount > AuthenticodeImage.certificateEntry, let place: UInt32 = fields.field(at: entry),
                let length: UInt32 = fields.field(at: entry + 4)
            else {
                (certificateEntry, certificates) = (nil, nil)
                return
            }
            certificateEntry = optional + entry
            certificates = length == 0 ? nil : Int(place)..<Int(place) + Int(length)
        }

        private static func read(
            _ content: PartContent,
            at offset: Int,
            count: Int,
            _ name: String
        ) throws(LaunchMeasurementError) -> [UInt8] {
            guard offset + count <= content.count else { throw truncated(name, offset + count, content) }
            return try content.bytes(offset..<offset + count)
        }
    }
}
