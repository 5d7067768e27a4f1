import Diagnostics
import Foundation
package import GuestInterface
package import RootFileSystem

/// A root file system that a machine can be started with: always behind a hash tree, whatever it was before.
package struct RootImage: Sendable {
    /// Who has to have made an image; with neither, its own root hash is what is measured.
    package struct Trust: Sendable {
        /// Root hashes that are accepted, 64 hexadecimal digits each.
        package var rootHashes: [String] = []
        /// Keys of which one has to have signed.
        package var signers: [SignerKey] = []

        /// Everything.
        package init() {}

        var isOpen: Bool { rootHashes.isEmpty && signers.isEmpty }
    }

    /// What was given.
    package enum Source: Equatable, Sendable {
        case folder
        case cpio
        case ext2
        case sealed
    }

    /// The image, open for reading.
    package let file: OpenFile
    /// The image's size in bytes.
    package let size: Int
    /// What the kernel's command line says of it.
    package let volume: VerityVolume
    /// What it was made from.
    package let source: Source

    /// Opens an image, or packs what is none yet.
    ///
    /// - Parameters:
    ///   - path: A sealed image, an ext2 image, a cpio archive or a directory.
    ///   - trust: Who has to have made it.
    ///   - scratch: Where is packed.
    ///   - owner: Whose the files become where a directory is packed; nil keeps their owners.
    ///   - progress: Is told the bytes done and the bytes of all, from any thread.
    /// - Throws: `RootFileSystemError`, `MachineError`.
    package init(
        _ path: String,
        trust: Trust,
        scratch: ScratchFolder,
        owner: (user: UInt32, group: UInt32)? = nil,
        progress: ByteProgress.Report? = nil
    ) throws {
        source = try Self.source(of: path)
        guard source == .sealed || trust.isOpen else {
            throw RootFileSystemError(
                .signatureMissing,
                subject: path,
                expected: "an image with a hash tree, as mkext2 writes it, for --roothash and --pubkey",
                found: "\(source)"
            )
        }
        let image = try Self.sealedImage(path, source, scratch: scratch, owner: owner, progress: progress)
        // Opened once: what is checked is what is handed over.
        file = try OpenFile(reading: image)
        let sealed = try SealedImage(opening: "/proc/self/fd/\(file.number)")
        let rootHash = Hexadecimal.text(sealed.block.rootHash)
        if !trust.isOpen { try Self.check(sealed, rootHash, trust, progress: progress) }
        let blocks = UInt64(sealed.block.hashOffset / VerityGeometry.blockSize)
        volume = VerityVolume(
            blocks: blocks,
            hashStart: blocks + 1,
            rootHash: rootHash,
            salt: Hexadecimal.text(sealed.salt)
        )
        size = (Int(blocks) + 1 + VerityGeometry(dataBlockCount: Int(blocks)).blockCount) * VerityGeometry.blockSize
    }

    private static func check(
        _ image: SealedImage,
        _ rootHash: String,
        _ trust: Trust,
        progress: ByteProgress.Report?
    ) throws(RootFileSystemError) {
        if trust.rootHashes.contains(rootHash) { return }
        guard !trust.signers.isEmpty else {
            throw RootFileSystemError(
                .verityBlockMismatch,
                subject: "the root hash",
                expected: trust.rootHashes.joined(separator: " or "),
                found: rootHash
            )
        }
        let signer = trust.signers.first { $0.identity == image.block.signer } ?? trust.signers[0]
        try image.verify(by: signer, progress: progress)
    }

    private static func source(of path: String) throws(MachineError) -> Source {
        var isFolder: ObjCBool = false
        // Safe: the flag is ours and outlives the call.
        if unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
            return .folder
        }
        let file = try OpenFile(reading: path)
        let head = try file.readAll(atMost: 2048)
        if head.starts(with: Array("070701".utf8)) { return .cpio }
        // The ext2 superblock begins at 1024, its magic 56 bytes later.
        guard head.count == 2048, head[1080] == 0x53, head[1081] == 0xef else {
            throw MachineError(
                .partUnreadable,
                subject: path,
                expected: "an ext2 image, a cpio archive or a directory",
                found: "something else"
            )
        }
        return (try? SealedImage(opening: path)) == nil ? .ext2 : .sealed
    }

    private static func sealedImage(
        _ path: String,
        _ source: Source,
        scratch: ScratchFolder,
        owner: (user: UInt32, group: UInt32)?,
        progress: ByteProgress.Report?
    ) throws -> String {
        let image = scratch.path + "/root.img"
        var options = Ext2Writer.Options()
        options.isReplacing = true
        switch source {
        case .sealed: return path
        case .ext2:
            try FileManager.default.copyItem(atPath: path, toPath: image)
            _ = try SealedImage.seal(image, salt: [UInt8](repeating: 0, count: 32))
        case .cpio:
            let tree = scratch.path + "/tree"
            try CpioExtractor.extract(path, to: tree, progress: progress)
            _ = try Ext2Writer.write(tree, to: image, options: options, progress: progress)
        case .folder:
            options.tree.owner = owner
            _ = try Ext2Writer.write(path, to: image, options: options, progress: progress)
        }
        return image
    }
}
