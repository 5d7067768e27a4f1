import Diagnostics

/// The block before a dm-verity tree that says how it was made (cryptsetup, "DMVerity", superblock version 1).
///
/// It carries the salt, which neither the signature block nor the tree does; so `veritysetup verify` needs the root hash
/// alone, and Mystikos reads the image.
struct VeritySuperblock: Equatable {
    /// The block that it fills; 512 bytes count, the rest is zero.
    static let blockSize = VerityGeometry.blockSize
    /// The largest salt that the format holds.
    static let maximumSaltSize = 256

    private static let magic = Array("verity".utf8) + [0, 0]
    private static let algorithm = Array("sha256".utf8)
    private static let usedSize = 512

    let uuid: [UInt8]
    let dataBlockCount: Int
    let salt: [UInt8]

    init(uuid: [UInt8], dataBlockCount: Int, salt: [UInt8]) {
        precondition(uuid.count == 16 && salt.count <= Self.maximumSaltSize, "a superblock's fields have their sizes")
        self.uuid = uuid
        self.dataBlockCount = dataBlockCount
        self.salt = salt
    }

    /// The block's bytes in a file.
    var bytes: [UInt8] {
        var block = [UInt8](repeating: 0, count: Self.blockSize)
        block.put(Self.magic, at: 0)
        block.put(UInt32(1), at: 8)  // the superblock's version
        block.put(UInt32(1), at: 12)  // the hash format
        block.put(uuid, at: 16)
        block.put(Self.algorithm, at: 32)
        block.put(UInt32(VerityGeometry.blockSize), at: 64)  // data blocks
        block.put(UInt32(VerityGeometry.blockSize), at: 68)  // hash blocks
        block.put(UInt64(dataBlockCount), at: 72)
        block.put(UInt16(salt.count), at: 80)
        block.put(salt, at: 88)
        return block
    }

    /// Reads a block.
    ///
    /// - Throws: `verity.superblock-invalid` for every value that is not one of those above.
    init(_ block: [UInt8]) throws(RootFileSystemError) {
        precondition(block.count == Self.blockSize, "a superblock fills a block")
        func check(_ field: String, _ expected: String, _ found: String) throws(RootFileSystemError) {
            guard expected != found else { return }
            throw RootFileSystemError(
                .veritySuperblockInvalid,
                subject: "\(field) of the verity superblock",
                expected: expected,
                found: found
            )
        }
        try check("magic", Hexadecimal.text(Self.magic), Hexadecimal.text(block[0..<8]))
        try check("version", "1", "\(block.number(at: 8, as: UInt32.self))")
        try check("hash_type", "1", "\(block.number(at: 12, as: UInt32.self))")
        let name = Self.algorithm + [UInt8](repeating: 0, count: 32 - Self.algorithm.count)
        try check("algorithm", EntryPath.readable(name), EntryPath.readable(block[32..<64]))
        try check("data_block_size", "\(VerityGeometry.blockSize)", "\(block.number(at: 64, as: UInt32.self))")
        try check("hash_block_size", "\(VerityGeometry.blockSize)", "\(block.number(at: 68, as: UInt32.self))")
        let count = block.number(at: 72, as: UInt64.self)
        if !(1...UInt64(UInt32.max)).contains(count) { try check("data_blocks", "1 to \(UInt32.max)", "\(count)") }
        let saltSize = Int(block.number(at: 80, as: UInt16.self))
        if saltSize > Self.maximumSaltSize { try check("salt_size", "at most \(Self.maximumSaltSize)", "\(saltSize)") }
        uuid = Array(block[16..<32])
        dataBlockCount = Int(count)
        salt = Array(block[88..<88 + saltSize])
        if block != bytes { try check("padding", "zeros", "something else") }
    }
}
