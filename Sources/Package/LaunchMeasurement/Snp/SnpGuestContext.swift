/// The guest context (GCTX) of an SEV-SNP launch: the launch digest, extended page by page (AMD, SEV Secure Nested Paging Firmware ABI, 8.17.2, `PAGE_INFO`).
///
/// ``SnpLaunchDigest`` adds the pages in the hypervisor's order.
struct SnpGuestContext {
    /// The types of launch pages (`PAGE_TYPE`).
    enum PageType: UInt8 {
        case normal = 1
        case saveArea = 2
        case zero = 3
        case unmeasured = 4
        case secrets = 5
        case cpuid = 6
    }

    /// The address the SEV firmware uses for save areas, whatever the hypervisor says: the highest page below 2^52.
    private static let saveAreaAddress: UInt64 = 0xffff_ffff_f000
    private static let infoSize: UInt16 = 0x70

    /// The digest of all pages so far.
    private(set) var digest: [UInt8]

    /// Creates a context.
    ///
    /// - Parameter digest: The digest of pages that were added before; zeros for none.
    init(_ digest: [UInt8] = [UInt8](repeating: 0, count: HashBank.sha384.digestSize)) {
        self.digest = digest
    }

    /// Adds pages whose content is measured.
    ///
    /// - Parameters:
    ///   - bytes: Whole pages.
    ///   - address: The guest-physical address of the first page.
    mutating func add(_ bytes: [UInt8], at address: UInt64) {
        for start in stride(from: 0, to: bytes.count, by: FirmwareImage.pageSize) {
            let page = Array(bytes[start..<start + FirmwareImage.pageSize])
            extend(.normal, HashBank.sha384.digest(page), at: address + UInt64(start))
        }
    }

    /// Adds pages of which only type and address are measured.
    mutating func add(_ type: PageType, pages: Int, at address: UInt64) {
        for page in 0..<pages {
            extend(type, Self.nothing, at: address + UInt64(page * FirmwareImage.pageSize))
        }
    }

    /// Adds a virtual processor's save area, by its page's digest.
    mutating func add(saveAreaDigest digest: [UInt8]) {
        extend(.saveArea, digest, at: Self.saveAreaAddress)
    }

    private static let nothing = [UInt8](repeating: 0, count: HashBank.sha384.digestSize)

    private mutating func extend(_ type: PageType, _ contents: [UInt8], at address: UInt64) {
        var info = digest + contents
        info.append(littleEndian: Self.infoSize)
        // The type, IMI_PAGE 0, no permissions for VMPL 3, 2 and 1, and a reserved byte.
        info += [type.rawValue, 0, 0, 0, 0, 0]
        info.append(littleEndian: address)
        digest = HashBank.sha384.digest(info)
    }
}
