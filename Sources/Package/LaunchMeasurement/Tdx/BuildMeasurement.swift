import Crypto

/// Computes MRTD, the measurement of a trust domain's initial memory (Intel TDX Module Base Architecture Specification,
/// `TDH.MEM.PAGE.ADD` and `TDH.MR.EXTEND`).
///
/// One SHA-384 over records of 128 bytes, each a name and a guest-physical address; an extend record is followed by the
/// 256 bytes that it measures.
struct BuildMeasurement {
    private static let recordSize = 128
    private static let addressOffset = 16
    private static let chunkSize = 256

    private var hash = SHA384()
    private let firmware: FirmwareImage
    private let order: TdxMeasurement.PageOrder

    init(_ firmware: FirmwareImage, order: TdxMeasurement.PageOrder) {
        self.firmware = firmware
        self.order = order
    }

    /// Computes MRTD after all sections.
    mutating func digest(of sections: [TdvfMetadata.Section]) -> [UInt8] {
        for section in sections {
            switch order {
            case .pageByPage:
                for page in 0..<section.pageCount {
                    add(section, page)
                    extend(section, page)
                }
            case .addsFirst:
                for page in 0..<section.pageCount { add(section, page) }
                for page in 0..<section.pageCount { extend(section, page) }
            }
        }
        return Array(hash.finalize())
    }

    private mutating func add(_ section: TdvfMetadata.Section, _ page: Int) {
        guard !section.isAddedLater else { return }
        record("MEM.PAGE.ADD", section.address + UInt64(page * FirmwareImage.pageSize))
    }

    private mutating func extend(_ section: TdvfMetadata.Section, _ page: Int) {
        guard section.isContentMeasured else { return }
        let start = page * FirmwareImage.pageSize
        for offset in stride(from: start, to: start + FirmwareImage.pageSize, by: Self.chunkSize) {
            record("MR.EXTEND", section.address + UInt64(offset))
            let from = min(section.content.lowerBound + offset, section.content.upperBound)
            let to = min(from + Self.chunkSize, section.content.upperBound)
            hash.update(data: firmware.bytes[from..<to])
            hash.update(data: [UInt8](repeating: 0, count: Self.chunkSize - (to - from)))
        }
    }

    private mutating func record(_ name: String, _ address: UInt64) {
        var record = Array(name.utf8) + [UInt8](repeating: 0, count: Self.recordSize - name.utf8.count)
        record.set(address, at: Self.addressOffset)
        hash.update(data: record)
    }
}
