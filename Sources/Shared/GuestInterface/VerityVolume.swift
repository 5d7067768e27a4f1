/// A block device that the guest reads through dm-verity only.
///
/// Its text form, in the kernel's command line and in a launch plan, is `BLOCKS:HASHSTART:ROOTHASH:SALT`, where both
/// hashes are lower-case hexadecimal and `-` is an empty salt. Data and hash blocks have 4096 bytes; the hash is
/// SHA-256.
package struct VerityVolume: Equatable, Sendable {
    /// The number of 4096-byte data blocks, from the device's start.
    package let blocks: UInt64
    /// The 4096-byte block in which the hash tree begins.
    package let hashStart: UInt64
    /// The root hash, 64 hexadecimal digits.
    package let rootHash: String
    /// The salt, in hexadecimal digits; at most 256 bytes, possibly empty.
    package let salt: String

    /// Creates a volume from its parts.
    ///
    /// - Parameters:
    ///   - blocks: The number of data blocks.
    ///   - hashStart: The block in which the hash tree begins.
    ///   - rootHash: 64 lower-case hexadecimal digits.
    ///   - salt: Lower-case hexadecimal digits, possibly none.
    package init(blocks: UInt64, hashStart: UInt64, rootHash: String, salt: String) {
        self.blocks = blocks
        self.hashStart = hashStart
        self.rootHash = rootHash
        self.salt = salt
    }

    /// Creates the description of a volume as `mkext2` writes it: data, the hash tree's superblock, then the hash tree.
    ///
    /// - Parameters:
    ///   - dataSize: The size of the data in bytes, a multiple of 4096.
    ///   - rootHash: The root hash, 32 bytes.
    ///   - salt: The salt that precedes each hashed block; may be empty.
    package init(dataSize: Int, rootHash: [UInt8], salt: [UInt8]) {
        let blocks = UInt64(dataSize / 4096)
        self.init(blocks: blocks, hashStart: blocks + 1, rootHash: Self.digits(rootHash), salt: Self.digits(salt))
    }

    /// Parses the text form; nil for anything that ``text`` does not produce.
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

    /// The text form.
    package var text: String { "\(blocks):\(hashStart):\(rootHash):\(salt.isEmpty ? "-" : salt)" }

    /// The parameters of a device mapper `verity` target.
    ///
    /// - Parameter device: The device's path, such as `/dev/vda`; data and hash tree are on the same device.
    /// - Returns: Parameters that make the kernel panic on a corrupt block.
    package func table(device: String) -> String {
        """
        1 \(device) \(device) 4096 4096 \(blocks) \(hashStart) sha256 \(rootHash) \(salt.isEmpty ? "-" : salt) \
        1 panic_on_corruption
        """
    }

    /// Encodes lower-case hexadecimal digits; this module is part of process 1 and does not import `Diagnostics`.
    private static func digits(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    private static func isHexadecimal(_ text: some StringProtocol) -> Bool {
        text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }
}
