import Files
import Foundation
import Glibc
import GuestInterface
import PackageManifest
package import RootFileSystem

/// A disk image for a package, fully verified against its hash tree.
package struct DiskImage: Sendable {
    /// The source of the application's files.
    package enum Source: Sendable {
        /// A directory tree to pack.
        case folder(String)
        /// An ext2 image with hash tree and signature block, verified against the trust.
        case image(String, ImageTrust)
    }

    /// The open image file.
    let file: OpenFile<PackageError>
    let size: Int
    let volume: VerityVolume
    /// The offset of the hash tree, where the file system ends.
    let dataSize: Int

    var contents: Ext2Contents { Ext2Contents(OpenFile(sharing: file), at: 0, size: dataSize) }

    /// Packs a tree into a temporary image that has no name.
    ///
    /// - Parameters:
    ///   - folder: The tree's root.
    ///   - place: A folder with room for the image.
    ///   - options: The options that make the image reproducible.
    ///   - progress: Reports bytes; see ``ByteProgress/Report``.
    /// - Throws: `package.*`, converted from the errors of `Ext2Writer`.
    init(
        packing folder: String,
        in place: String,
        options: TreeOptions,
        progress: ByteProgress.Report?
    ) throws(PackageError) {
        if let mode = try? OpenFile<PackageError>(opening: folder).status().st_mode, mode & S_IFMT == S_IFREG {
            throw PackageError(
                .inputInvalid,
                subject: folder,
                expected: "the directory that becomes the root; an image goes with --rootfs",
                found: "a file"
            )
        }
        let temporary = "\(place)/.adyton-\(getpid())-\(UInt32.random(in: .min ... .max))"
        // Safe: the path is a string of our own that outlives the call.
        guard unsafe mkdir(temporary, 0o700) == 0 else {
            throw PackageError(
                .unwritable,
                subject: place,
                expected: "a folder that can be written to",
                found: "errno \(errno)"
            )
        }
        defer { try? FileManager.default.removeItem(atPath: temporary) }
        var writing = Ext2Writer.Options()
        writing.tree = options
        _ = try PackageError.translating(.inputInvalid) { () throws(RootFileSystemError) in
            try Ext2Writer.write(folder, to: "\(temporary)/root.img", options: writing, progress: progress)
        }
        // The writer has just created the tree, so verification is unnecessary.
        try self.init("\(temporary)/root.img") { (_: SealedImage) throws(RootFileSystemError) in }
    }

    /// Opens an image and verifies its hash tree and its root hash or signature.
    ///
    /// - Parameters:
    ///   - path: The image.
    ///   - trust: The trusted root hashes and signers.
    ///   - progress: Reports bytes; see ``ByteProgress/Report``.
    /// - Throws: `package.root-untrusted`, `package.input-invalid`.
    init(verifying path: String, trust: ImageTrust, progress: ByteProgress.Report?) throws(PackageError) {
        try self.init(path) { (image: SealedImage) throws(RootFileSystemError) in
            let root = try image.verifyTree(progress: progress)
            try trust.check(image.block, root: root, path: path)
        }
    }

    private init(
        _ path: String,
        _ check: (SealedImage) throws(RootFileSystemError) -> Void
    ) throws(PackageError) {
        let file = try OpenFile<PackageError>(opening: path)
        let image = try PackageError.translating(.inputInvalid) { () throws(RootFileSystemError) in
            let image = try SealedImage(OpenFile(sharing: file))
            try check(image)
            return image
        }
        self.file = file
        size = try file.size()
        dataSize = image.block.hashOffset
        volume = VerityVolume(dataSize: dataSize, rootHash: image.block.rootHash, salt: image.salt)
    }
}
