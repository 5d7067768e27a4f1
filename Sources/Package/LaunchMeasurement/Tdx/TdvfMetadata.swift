/// The memory sections that a TDX firmware asks a hypervisor to prepare.
///
/// Intel TDX Virtual Firmware Design Guide, 11.2: "TDVF", length, version 1, count, then sections of 32 bytes.
struct TdvfMetadata {
    /// One section.
    struct Section {
        /// The range of the image that is loaded there; the rest is zeros.
        let content: Range<Int>
        let address: UInt64
        let pageCount: Int
        let type: UInt32
        private let attributes: UInt32

        /// Whether the content is measured (`MR.EXTEND`).
        var isContentMeasured: Bool { attributes & 1 != 0 }
        /// Whether the pages are added at run time (`PAGE.AUG`) and so not measured at all.
        var isAddedLater: Bool { attributes & 2 != 0 }

        fileprivate init?(_ bytes: [UInt8], at offset: Int, imageSize: Int) {
            guard let place: UInt32 = bytes.field(at: offset), let rawSize: UInt32 = bytes.field(at: offset + 4),
                let address: UInt64 = bytes.field(at: offset + 8), let size: UInt64 = bytes.field(at: offset + 16),
                let type: UInt32 = bytes.field(at: offset + 24), let attributes: UInt32 = bytes.field(at: offset + 28)
            else { return nil }
            let page = UInt64(FirmwareImage.pageSize)
            guard Int(place) + Int(rawSize) <= imageSize, UInt64(rawSize) <= size, address % page == 0,
                size % page == 0, size <= TdvfMetadata.mostMemory, address <= 1 << 52
            else { return nil }
            content = Int(place)..<Int(place) + Int(rawSize)
            self.address = address
            pageCount = Int(size / page)
            self.type = type
            self.attributes = attributes
        }
    }

    /// The type of the section with UEFI variables (CFV).
    static let variablesType: UInt32 = 1
    private static let guid = Guid(0xe47a_6535, 0x984a, 0x4798, 0x865e_4685_a7bf_8ec2)
    private static let headSize = 16
    private static let sectionSize = 32
    /// A limit; an OVMF's sections have a few MiB together.
    fileprivate static let mostMemory: UInt64 = 256 << 20

    /// The sections in the order of the table, which is the order of the measurement.
    let sections: [Section]

    /// Parses the metadata of a firmware image.
    ///
    /// - Parameter firmware: The image.
    /// - Throws: `measure.tdx-metadata-missing`, `measure.tdx-metadata-invalid`.
    init(_ firmware: FirmwareImage) throws(LaunchMeasurementError) {
        let bytes = firmware.bytes
        guard let start = try firmware.place(Self.guid) else {
            throw LaunchMeasurementError(
                .tdxMetadataMissing,
                subject: "firmware",
                expected: "an OVMF with TDX metadata, such as OVMF.inteltdx.fd"
            )
        }
        guard bytes.field(at: start, count: 4) == Array("TDVF".utf8), let size: UInt32 = bytes.field(at: start + 4),
            let version: UInt32 = bytes.field(at: start + 8), version == 1,
            let count: UInt32 = bytes.field(at: start + 12)
        else { throw Self.invalid("header", "TDVF, version 1", "at \(start) other bytes") }
        guard Int(size) == Self.headSize + Int(count) * Self.sectionSize, Int(size) <= bytes.count - start else {
            throw Self.invalid("length", "that of \(count) sections, in the image", "\(size)")
        }
        var sections: [Section] = []
        var memory: UInt64 = 0
        for index in 0..<Int(count) {
            let offset = start + Self.headSize + index * Self.sectionSize
            guard let section = Section(bytes, at: offset, imageSize: bytes.count) else {
                throw Self.invalid("section \(index)", "whole pages with content from the image", "other numbers")
            }
            memory += UInt64(section.pageCount * FirmwareImage.pageSize)
            guard memory <= Self.mostMemory else {
                throw Self.invalid("sections", "at most \(Self.mostMemory) bytes of memory", "more")
            }
            sections.append(section)
        }
        self.sections = sections
    }

    private static func invalid(_ subject: String, _ expected: String, _ found: String) -> LaunchMeasurementError {
        LaunchMeasurementError(
            .tdxMetadataInvalid,
            subject: "TDX metadata's \(subject)",
            expected: expected,
            found: found
        )
    }
}
