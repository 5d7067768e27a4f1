/// The memory sections that OVMF asks a hypervisor to prepare for SEV-SNP.
///
/// EDK II, `OvmfPkg/ResetVector/X64/OvmfSevMetadata.asm`: "ASEV", size, version 1, count, then {address, size, type}.
struct SevMetadata {
    /// One section.
    struct Section {
        /// The section's purpose.
        enum Kind: UInt32 {
            case memory = 1
            case secrets = 2
            case cpuid = 3
            case svsmCallingArea = 4
            case kernelHashes = 0x10
        }

        let kind: Kind
        let address: UInt64
        let pageCount: Int
    }

    private static let guid = Guid(0xdc88_6566, 0x984a, 0x4798, 0xa75e_5585_a7bf_67cc)
    private static let headSize = 16
    private static let sectionSize = 12
    /// A limit; all sections of an OVMF together have well under 1 MiB.
    private static let mostPages = 1 << 16

    /// The sections in the order of the table, which is the order of the measurement.
    let sections: [Section]

    /// Parses the metadata of a firmware image.
    ///
    /// - Parameter firmware: The image.
    /// - Throws: `measure.sev-metadata-missing`, `measure.sev-metadata-invalid`.
    init(_ firmware: FirmwareImage) throws(LaunchMeasurementError) {
        let bytes = firmware.bytes
        guard let start = try firmware.place(Self.guid) else {
            throw LaunchMeasurementError(
                .sevMetadataMissing,
                subject: "firmware",
                expected: "an OVMF with SEV-SNP metadata, such as OVMF.amdsev.fd"
            )
        }
        guard bytes.field(at: start, count: 4) == Array("ASEV".utf8), let size: UInt32 = bytes.field(at: start + 4),
            let version: UInt32 = bytes.field(at: start + 8), version == 1,
            let count: UInt32 = bytes.field(at: start + 12)
        else { throw Self.invalid("header", "ASEV, version 1", "at \(start) other bytes") }
        guard Int(size) == Self.headSize + Int(count) * Self.sectionSize, Int(size) <= bytes.count - start else {
            throw Self.invalid("size", "that of \(count) sections, in the image", "\(size)")
        }
        var sections: [Section] = []
        for index in 0..<Int(count) {
            sections.append(try Self.section(bytes, at: start + Self.headSize + index * Self.sectionSize))
        }
        let pages = sections.reduce(0) { $0 + $1.pageCount }
        guard pages <= Self.mostPages else {
            throw Self.invalid("sections", "at most \(Self.mostPages) pages", "\(pages)")
        }
        self.sections = sections
    }

    private static func section(_ bytes: [UInt8], at offset: Int) throws(LaunchMeasurementError) -> Section {
        // The caller has checked that the whole table is in the image.
        let address: UInt32 = bytes.field(at: offset) ?? 0
        let size: UInt32 = bytes.field(at: offset + 4) ?? 0
        let type: UInt32 = bytes.field(at: offset + 8) ?? 0
        guard let kind = Section.Kind(rawValue: type) else {
            throw invalid("section type", "1 to 4 or 16", "\(type)")
        }
        let pageSize = FirmwareImage.pageSize
        guard Int(address) % pageSize == 0, size > 0, Int(size) % pageSize == 0,
            UInt64(address) + UInt64(size) <= 1 << 32
        else { throw invalid("section \(kind)", "whole pages below 4 GiB", "\(size) bytes at \(address)") }
        let pageCount = Int(size) / pageSize
        guard kind == .memory || kind == .svsmCallingArea || pageCount == 1 else {
            throw invalid("section \(kind)", "one page", "\(pageCount)")
        }
        return Section(kind: kind, address: UInt64(address), pageCount: pageCount)
    }

    private static func invalid(_ subject: String, _ expected: String, _ found: String) -> LaunchMeasurementError {
        LaunchMeasurementError(
            .sevMetadataInvalid,
            subject: "SEV metadata's \(subject)",
            expected: expected,
            found: found
        )
    }
}
