/// A block device that the guest may only read through dm-verity.
///
/// As text, in the kernel's command line and in a launch plan: `BLOCKS:HASHSTART:ROOTHASH:SALT`, where both hashes are
/// lower-case hexadecimal and `-` stands for an empty salt. Data and hash blocks have 4096 bytes, the hash is SHA-256.
package struct VerityVolume: Equatable, Sendable {
    /// The number of 4096-byte data blocks, from the device's start.
    package let blocks: UInt64
    /// The 4096-byte block in which the hash tree begins.
    package let hashStart: UInt64
    /// The root hash, 64 hexadecimal digits.
    package let rootHash: String
    /// The salt, in hexadecimal digits; at most 256 bytes, and empty for none.
    package let salt: String

    /// A volume whose parts are known.
    ///
    /// - Parameters:
    ///   - blocks: The number of data blocks.
    ///   - hashStart: The block in which the hash tree begins.
    ///   - rootHash: 64 lower-case hexadecimal digits.
    ///   - salt: Lower-case hexadecimal digits, or nothing.
    package init(blocks: UInt64, hashStart: UInt64, rootHash: String, salt: String) {
        self.blocks = blocks
        self.hashStart = hashStart
        self.rootHash = rootHash
        self.salt = salt
    }

    /// A volume as `mkext2` writes it: data, then the hash tree's superblock, then the hash tree.
    ///
    /// - Parameters:
    ///   - dataSize: The size of the data in bytes, a multiple of 4096.
    ///   - rootHash: The root hash, 32 bytes.
    ///   - salt: Stands before each block that is hashed; may be empty.
    package init(dataSize: Int, rootHash: [UInt8], salt: [UInt8]) {
        let blocks = UInt64(dataSize / 4096)
        self.init(blocks: blocks, hashStart: blocks + 1, rootHash: Self.digits(rootHash), salt: Self.digits(salt))
    }

    /// Reads a volume's text; nil for anything that `text` would not have written.
    ///
    /// - Parameter text: `BLOCKS:HASHSTART:ROOTHASH:SALT`.
    package init?(text: some StringProtocol) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 4, let blocks = UInt64(parts[0]), let hashStart = UInt64(parts[1]),
            blocks > 0, hashStart >= blocks, parts[2].utf8.count == 64, Self.isHexadecimal(parts[2])
        else { return nil }
        let salt = parts[3] == "-" ? "" : String(parts[3])
        guard salt.utf8.count <= 512, salt.utf8.count % 2 == 0, Self.isHexadecimal(salt) else { return nil }
        self.init(blocks: blocks, hashStart: hashStart, rootHash: String(parts[2]), salt: salt)
        guard self.text == text else { return nil }
    }

    /// The volume as text.
    package var text: String { "\(blocks):\(hashStart):\(rootHash):\(salt.isEmpty ? "-" : salt)" }

    /// The device mapper's table, but for the device's name, which stands twice in it.
    ///
    /// - Parameter device: The device's path, such as `/dev/vda`.
    /// - Returns: The parameters of a `verity` target that panics where a block is not what was measured.
    package func table(device: String) -> String {
        """
        1 \(device) \(device) 4096 4096 \(blocks) \(hashStart) sha256 \(rootHash) \(salt.isEmpty ? "-" : salt) \
        1 panic_on_corruption
        """
    }

    /// Lower-case hexadecimal digits; this module has no other to ask, as process 1 is made of it.
    private static func digits(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    private static func isHexadecimal(_ text: some StringProtocol) -> Bool {
        text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }
}
