import Crypto
import Diagnostics
import Foundation
import Glibc

/// A root file system that a launch may use: packed, checked against its own hash tree, and trusted by whoever asks.
///
/// The file stays open for as long as the value lives, and is read through `path` only, so what was checked is what is
/// read, even where a name on the disk comes to mean another file.
package final class RootImage: Sendable {
    /// How the root file system is packed.
    package enum Format: Sendable {
        /// ext2, dm-verity tree, signature block.
        case sealedExt2(SealedImage)
        /// A newc archive; it is loaded whole, so its digest does what a hash tree does.
        case cpio
    }

    /// What a root hash or a signature has to be; with neither, the image's own root hash is taken for good.
    package struct Trust: Sendable {
        /// Root hashes of which one has to be the image's, as hexadecimal digits.
        package var rootHashes: [String] = []
        /// Keys of which one has to have signed the image.
        package var keys: [SignerKey] = []

        /// Asks for nothing.
        package init() {}

        /// Reads what a person trusts out of files.
        ///
        /// - Parameters:
        ///   - rootHashes: Files with one root hash each, in hexadecimal digits.
        ///   - publicKeys: RSA public keys in PEM.
        /// - Throws: `file.*`, `signature.key-invalid`, `root.hash-invalid`.
        package init(rootHashes: [String], publicKeys: [String]) throws(RootFileSystemError) {
            for path in rootHashes { self.rootHashes.append(try Self.hash(in: path)) }
            for path in publicKeys { keys.append(try SignerKey(reading: path)) }
        }

        private static func hash(in path: String) throws(RootFileSystemError) -> String {
            let file = try Descriptor(opening: path)
            var bytes = [UInt8](repeating: 0, count: 128)
            let count = try file.read(into: &bytes, count: bytes.count, at: 0)
            let text = String(decoding: bytes[..<count], as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            guard let hash = Hexadecimal.bytes(text), hash.count == 32 else {
                throw RootFileSystemError(
                    .rootHashInvalid,
                    subject: path,
                    expected: "64 hexadecimal digits, as fssig --roothash prints them",
                    found: "\(count) bytes that are something else"
                )
            }
            return Hexadecimal.text(hash)
        }
    }

    /// How the root file system is packed.
    package let format: Format
    private let file: Descriptor

    /// The image under a name that means this very file.
    package var path: String { "/proc/self/fd/\(file.number)" }

    /// The root hash in hexadecimal digits; nil for an archive.
    package var rootHash: String? {
        if case .sealedExt2(let image) = format { Hexadecimal.text(image.block.rootHash) } else { nil }
    }

    /// Opens a root file system, packs it where it is a folder, and checks it.
    ///
    /// - Parameters:
    ///   - path: A sealed ext2 image, a newc archive or a folder.
    ///   - trust: What its root hash or its signature has to be.
    ///   - options: How a folder is packed.
    ///   - progress: Is told the bytes done and the bytes of all, from any thread.
    /// - Throws: `root.format-unknown`, `root.unsealed`, `root.untrusted`, and what packing, `verity.*` and `signature.*`
    ///   have to say.
    package init(
        opening path: String,
        trust: Trust,
        options: TreeOptions = TreeOptions(),
        progress: ByteProgress.Report? = nil
    ) throws(RootFileSystemError) {
        let given = try Descriptor(opening: path)
        if try given.status().st_mode & S_IFMT == S_IFDIR {
            file = try Self.pack(path, options, progress)
        } else {
            file = given
        }
        let own = "/proc/self/fd/\(file.number)"
        switch try Self.magic(of: file, path) {
        case .cpio:
            guard trust.rootHashes.isEmpty, trust.keys.isEmpty else {
                throw RootFileSystemError(
                    .rootUntrusted,
                    subject: path,
                    expected: "an ext2 image, which has a root hash and may have a signature",
                    found: "a cpio archive; make an image with mkext2"
                )
            }
            format = .cpio
        case .ext2:
            let image = try Self.sealed(own, path)
            let root = try image.verifyTree(progress: progress)
            try Self.check(image, trust, root, path)
            format = .sealedExt2(image)
        }
    }

    // MARK: private

    private enum Magic { case ext2, cpio }

    private static func magic(of file: Descriptor, _ path: String) throws(RootFileSystemError) -> Magic {
        var bytes = [UInt8](repeating: 0, count: 1082)
        let count = try file.read(into: &bytes, count: bytes.count, at: 0)
        if bytes.starts(with: Array("070701".utf8)) { return .cpio }
        // ext2's magic number stands 56 bytes into the superblock, which begins at byte 1024.
        if count == bytes.count, bytes[1080] == 0x53, bytes[1081] == 0xef { return .ext2 }
        throw RootFileSystemError(
            .rootFormatUnknown,
            subject: path,
            expected: "an ext2 image, a newc cpio archive or a folder",
            found: "something else"
        )
    }

    private static func sealed(_ own: String, _ path: String) throws(RootFileSystemError) -> SealedImage {
        do throws(RootFileSystemError) {
            return try SealedImage(opening: own)
        } catch  where error.code == .signatureMissing {
            throw RootFileSystemError(
                .rootUnsealed,
                subject: path,
                expected: "an image with a hash tree, as mkext2 makes it",
                found: "ext2 alone, which nothing can be checked against"
            )
        }
    }

    private static func check(
        _ image: SealedImage,
        _ trust: Trust,
        _ root: SHA256.Digest,
        _ path: String
    ) throws(RootFileSystemError) {
        guard !trust.rootHashes.isEmpty || !trust.keys.isEmpty else { return }
        let rootHash = Hexadecimal.text(root)
        if trust.rootHashes.contains(rootHash) { return }
        for key in trust.keys where (try? key.verify(image.block, of: root)) != nil { return }
        throw RootFileSystemError(
            .rootUntrusted,
            subject: path,
            expected: "a root hash or a signature that is trusted "
                + "(\(trust.rootHashes.count) hashes and \(trust.keys.count) keys were given)",
            found: "root hash \(rootHash), "
                + (image.block.isSigned ? "signed by \(Hexadecimal.text(image.block.signer))" : "signed by nobody")
        )
    }

    /// Packs a folder into a file without a name, so that nothing of it is left whatever happens.
    private static func pack(
        _ folder: String,
        _ options: TreeOptions,
        _ progress: ByteProgress.Report?
    ) throws(RootFileSystemError) -> Descriptor {
        let temporary = FileManager.default.temporaryDirectory.path + "/adyton-root-\(UUID().uuidString).img"
        var writing = Ext2Writer.Options()
        writing.tree = options
        _ = try Ext2Writer.write(folder, to: temporary, options: writing, progress: progress)
        // Safe: the path is a string of our own that outlives the call.
        defer { unsafe unlink(temporary) }
        return try Descriptor(opening: temporary)
    }
}
