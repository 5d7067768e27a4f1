/// The table of kernel hashes that QEMU's `kernel-hashes=on` adds to the guest's memory.
///
/// OVMF compares the kernel, initramfs and command line that it receives with it (QEMU, `sev_add_kernel_loader_hashes`;
/// EDK II, `OvmfPkg/AmdSev/BlobVerifierLibSevHashes`).
struct KernelHashTable {
    private static let header = Guid(0x9438_d606, 0x4f22, 0x4cc9, 0xb479_a793_d411_fd21)
    private static let commandLine = Guid(0x97d0_2dd8, 0xbd20, 0x4c94, 0xaa78_e771_4d36_ab2a)
    private static let initramfs = Guid(0x44ba_f731, 0x3a2f, 0x4bd7, 0x9af1_41e2_9169_781d)
    private static let kernel = Guid(0x4de7_9437, 0xabd2, 0x427f, 0xb835_d5b1_72d2_045b)
    private static let headSize = Guid.size + 2
    private static let entrySize = headSize + 32
    /// The size of the header and three entries, in bytes.
    private static let size = headSize + 3 * entrySize

    /// The table, padded with zeros to a multiple of 16 bytes.
    let bytes: [UInt8]

    /// Computes the table.
    ///
    /// - Parameter parts: The launch's parts. Files are hashed unpatched, the command line with its NUL, and a missing
    ///   initramfs as empty.
    /// - Throws: Read errors.
    init(_ parts: DirectKernelBoot) throws(LaunchMeasurementError) {
        let empty = PartContent([], name: "initramfs")
        let entries = [
            (Self.commandLine, HashBank.sha256.digest(Array(parts.commandLine.utf8) + [0])),
            (Self.initramfs, try DigestPair(of: parts.initramfs ?? empty).sha256),
            (Self.kernel, try DigestPair(of: parts.kernel).sha256),
        ]
        var bytes = Self.header.bytes
        bytes.append(littleEndian: UInt16(Self.size))
        for (guid, digest) in entries {
            bytes += guid.bytes
            bytes.append(littleEndian: UInt16(Self.entrySize))
            bytes += digest
        }
        self.bytes = bytes + [UInt8](repeating: 0, count: (16 - bytes.count % 16) % 16)
    }

    /// Places the table in a page of zeros.
    ///
    /// - Parameter offset: The offset in the page where the firmware reads it.
    /// - Returns: The page; nil where the table would exceed it.
    func page(at offset: Int) -> [UInt8]? {
        guard offset + bytes.count <= FirmwareImage.pageSize else { return nil }
        var page = [UInt8](repeating: 0, count: FirmwareImage.pageSize)
        page.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        return page
    }
}
