import Diagnostics
import Files
import Foundation
import Glibc

/// A root file system that a launch may use: packed, checked against its own hash tree, and trusted by the caller.
///
/// The file stays open for as long as the value lives, and is read through `file` only, so what was checked is what is
/// read, even where a name on the disk comes to mean another file.
package final class RootImage: Sendable {
    /// How the root file system is packed.
    package enum Format: Sendable {
        /// ext2, dm-verity tree, signature block.
        case sealedExt2(SealedImage)
        /// A newc archive; it is loaded whole, so its digest does what a hash tree does.
        case cpio
    }

    /// How the root file system is packed.
    package let format: Format
    /// The open image, which is read by offset.
    package let file: Descriptor

    /// The root hash in hexadecimal digits; nil for an archive.
    package var rootHash: String? {
        if case .sealedExt2(let image) = format { Hexadecimal.text(image.block.rootHash) } else { nil }
    }

    /// Opens a root file system, packs it where it is a folder, and checks it.
    ///
    /// - Parameters:
    ///   - path: A sealed ext2 image, a newc archive or a folder.
    ///   - trust: Who vouches for it; where nobody does, the root hash that it names itself is taken for good.
    ///   - options: How a folder is packed.
    ///   - progress: Reports bytes; see ``ByteProgress/Report``.
    /// - Throws: `root.format-unknown`, `root.unsealed`, `root.untrusted`, and what packing, `verity.*` and `signature.*`
    ///   have to say.
    package init(
        opening path: String,
        trust: ImageTrust,
        options: TreeOptions = TreeOptions(),
        progress: ByteProgress.Report? = nil
    ) throws(RootFileSystemError) {
        let given = try Descriptor(opening: path)
        if try given.status().st_mode & S_IFMT == S_IFDIR {
            file = try Self.pack(path, options, progress)
        } else {
            file = given
        }
        switch try Self.magic(of: file, path) {
        case .cpio:
            guard trust.isEmpty else {
                throw RootFileSystemError(
                    .rootUntrusted,
                    subject: path,
                    expected: "an ext2 image, which has a root hash and may have a signature",
                    found: "a cpio archive; make an image with mkext2"
                )
            }
            format = .cpio
        case .ext2:
            let image = try Self.sealed(file, path)
            let root = try image.verifyTree(progress: progress)
            if !trust.isEmpty { try trust.check(image.block, root: root, path: path) }
            format = .sealedExt2(image)
        }
    }

    // MARK: private

    private enum Magic { case ext2, cpio }

    private static func magic(of file: Descriptor, _ path: String) throws(RootFileSystemError) -> Magic {
        var bytes = [UInt8](repeating: 0, count: 1082)
        let count = try file.read(into: &bytes, count: bytes.count, at: 0)
        if bytes.starts(with: Array("070701".utf8)) { return .cpio }
        // ext2's magic number is 56 bytes into the superblock, which begins at byte 1024.
        if count == bytes.count, bytes[1080] == 0x53, bytes[1081] == 0xef { return .ext2 }
        throw RootFileSystemError(
            .rootFormatUnknown,
            subject: path,
            expected: "an ext2 image, a newc cpio archive or a folder",
            // Where POSIX has a tar archive's magic.
            found: count > 262 && bytes[257..<262].elementsEqual("ustar".utf8)
                ? "a tar archive; adyton run starts one that is a package" : "something else"
        )
    }

    private static func sealed(_ file: Descriptor, _ path: String) throws(RootFileSystemError) -> SealedImage {
        do throws(RootFileSystemError) {
            return try SealedImage(file)
        } catch  where error.code == .signatureMissing {
            throw RootFileSystemError(
                .rootUnsealed,
                subject: path,
                expected: "an image with a hash tree, as mkext2 makes it",
                found: "ext2 alone, which nothing can be checked against"
            )
        }
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
