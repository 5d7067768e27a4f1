package import Crypto
import Files
import Glibc

/// A file of data, a dm-verity tree over it, and a signature block: what `mkext2` writes and what a launch trusts.
package struct SealedImage: Sendable {
    private static let blockSize = VerityGeometry.blockSize

    /// The signature block as read, unverified.
    package let block: SignatureBlock
    /// Precedes each block in the hash.
    package let salt: [UInt8]
    private let file: Descriptor

    /// Opens an image and checks that its parts fit together.
    ///
    /// - Throws: `file.*`, `signature.missing`, `signature.field-invalid`, `verity.superblock-invalid`,
    ///   `verity.truncated`.
    package init(opening path: String) throws(RootFileSystemError) {
        try self.init(Descriptor(opening: path))
    }

    /// Takes an open image and checks that its parts fit together.
    ///
    /// - Parameter file: The image; it is read by offset.
    /// - Throws: `file.*`, `signature.missing`, `signature.field-invalid`, `verity.superblock-invalid`,
    ///   `verity.truncated`.
    package init(_ file: Descriptor) throws(RootFileSystemError) {
        self.file = file
        let size = try file.size()
        guard size > SignatureBlock.blockSize else {
            throw RootFileSystemError(
                .signatureMissing,
                subject: file.name,
                expected: "more than \(SignatureBlock.blockSize) bytes",
                found: "\(size)"
            )
        }
        let last = try Self.readBlock(of: file, at: size - SignatureBlock.blockSize)
        do throws(RootFileSystemError) {
            block = try SignatureBlock(last)
        } catch  where error.code == .signatureMissing {
            throw RootFileSystemError(
                .signatureMissing,
                subject: file.name,
                expected: "an image with a hash tree, as adyton mkext2 makes it of a folder",
                found: "no signature block in its last \(last.count) bytes"
            )
        }
        guard block.hashOffset <= size - 2 * Self.blockSize else {
            throw RootFileSystemError(
                .signatureFieldInvalid,
                subject: "hash_offset of the signature block",
                expected: "at most \(size - 2 * Self.blockSize)",
                found: "\(block.hashOffset)"
            )
        }
        let superblock = try VeritySuperblock(Self.readBlock(of: file, at: block.hashOffset))
        let dataBlockCount = block.hashOffset / Self.blockSize
        guard superblock.dataBlockCount == dataBlockCount else {
            throw RootFileSystemError(
                .veritySuperblockInvalid,
                subject: "data_blocks of the verity superblock",
                expected: "\(dataBlockCount)",
                found: "\(superblock.dataBlockCount)"
            )
        }
        salt = superblock.salt
        let tree = VerityGeometry(dataBlockCount: dataBlockCount)
        let expected = block.hashOffset + (1 + tree.blockCount) * Self.blockSize + SignatureBlock.blockSize
        guard size == expected else {
            throw RootFileSystemError(
                .verityTruncated,
                subject: file.name,
                expected: "\(expected) bytes",
                found: "\(size)"
            )
        }
    }

    /// Compares every block with the root hash of the signature block, and that with a signature.
    ///
    /// - Parameters:
    ///   - key: Whose signature is asked for.
    ///   - progress: Reports bytes; see ``ByteProgress/Report``.
    /// - Throws: `verity.block-mismatch` with the block, `signature.missing`, `signature.mismatch`.
    package func verify(by key: SignerKey, progress: ByteProgress.Report? = nil) throws(RootFileSystemError) {
        try key.verify(block, of: verifyTree(progress: progress))
    }

    /// Compares every block with the root hash of the signature block, without checking who signed it.
    ///
    /// - Parameter progress: Reports bytes; see ``ByteProgress/Report``.
    /// - Returns: The root hash.
    /// - Throws: `verity.block-mismatch` with the block.
    @discardableResult
    package func verifyTree(progress: ByteProgress.Report? = nil) throws(RootFileSystemError) -> SHA256.Digest {
        let dataBlockCount = block.hashOffset / Self.blockSize
        let tree = VerityTree(
            in: file,
            dataBlockCount: dataBlockCount,
            at: block.hashOffset + Self.blockSize,
            salt: salt
        )
        let total = (dataBlockCount + tree.geometry.blockCount) * Self.blockSize
        return try tree.verify(against: block.rootHash, progress: ByteProgress(total: total, report: progress))
    }

    /// Seals a file that holds data alone.
    ///
    /// - Parameters:
    ///   - path: Its size has to be a multiple of 4096; it grows by the tree and the signature block, in place.
    ///   - salt: Precedes each block in the hash; Mystikos asks for 32 bytes.
    ///   - keys: Sign the root hash; nil leaves the image unsigned.
    /// - Returns: The signature block.
    /// - Throws: `file.*`, `verity.truncated` for another size, `signature.key-invalid`.
    package static func seal(
        _ path: String,
        salt: [UInt8],
        keys: SigningKeys? = nil
    ) throws(RootFileSystemError) -> SignatureBlock {
        let file = try Descriptor(opening: path, flags: O_RDWR)
        let size = try file.size()
        guard size > 0, size % blockSize == 0 else {
            throw RootFileSystemError(
                .verityTruncated,
                subject: path,
                expected: "a multiple of \(blockSize) bytes",
                found: "\(size)"
            )
        }
        return try seal(
            file,
            dataBlockCount: size / blockSize,
            uuid: [UInt8](repeating: 0, count: 16),
            salt: salt,
            keys: keys,
            progress: ByteProgress(total: size, report: nil)
        )
    }

    /// Writes superblock, tree and signature block behind the data of a file.
    ///
    /// - Parameters:
    ///   - file: Holds `dataBlockCount` blocks of data.
    ///   - dataBlockCount: The size of the data.
    ///   - uuid: Names the tree.
    ///   - salt: Precedes each block in the hash.
    ///   - keys: Sign the root hash; nil leaves the image unsigned.
    ///   - progress: Counts what was hashed.
    /// - Returns: The signature block.
    /// - Throws: `file.*`, `signature.key-invalid`.
    static func seal(
        _ file: Descriptor,
        dataBlockCount: Int,
        uuid: [UInt8],
        salt: [UInt8],
        keys: SigningKeys?,
        progress: ByteProgress
    ) throws(RootFileSystemError) -> SignatureBlock {
        let hashOffset = dataBlockCount * blockSize
        let superblock = VeritySuperblock(uuid: uuid, dataBlockCount: dataBlockCount, salt: salt)
        try file.write(superblock.bytes[...], at: hashOffset)
        let tree = VerityTree(in: file, dataBlockCount: dataBlockCount, at: hashOffset + blockSize, salt: salt)
        let root = try tree.build(progress: progress)
        let block =
            if let keys {
                try keys.sign(root, hashOffset: hashOffset)
            } else {
                SignatureBlock(hashOffset: hashOffset, rootHash: Array(root))
            }
        try file.write(block.bytes[...], at: hashOffset + (1 + tree.geometry.blockCount) * blockSize)
        return block
    }

    private static func readBlock(of file: Descriptor, at offset: Int) throws(RootFileSystemError) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: blockSize)
        let got = try file.read(into: &block, count: blockSize, at: offset)
        guard got == blockSize else {
            throw RootFileSystemError(.verityTruncated, subject: file.name, found: "the end at byte \(offset + got)")
        }
        return block
    }
}
