import Files
import Foundation
import Glibc
import GuestInterface
import PackageManifest
package import RootFileSystem

/// An image for a package's disk, all of it compared with its hash tree.
package struct DiskImage: Sendable {
    /// Where the application's files come from.
    package enum Source: Sendable {
        /// A directory tree, packed as it stands.
        case folder(String)
        /// An ext2 image with hash tree and signature block, trusted as stated.
        case image(String, ImageTrust)
    }

    /// The open image.
    let file: OpenFile<PackageError>
    let size: Int
    let volume: VerityVolume
    /// Where the file system ends and the hash tree begins.
    let dataSize: Int

    var contents: Ext2Contents { Ext2Contents(OpenFile(sharing: file), at: 0, size: dataSize) }

    /// Packs a tree, without leaving the image anywhere.
    ///
    /// - Parameters:
    ///   - folder: The tree's root.
    ///   - place: A folder with room for the image.
    ///   - options: What is made the same for everybody.
    ///   - progress: Is told the bytes done and the bytes of all.
    /// - Throws: What `Ext2Writer` throws, as `package.*`.
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
        // The writer has just made the tree: nothing to compare.
        try self.init("\(temporary)/root.img") { (_: SealedImage) throws(RootFileSystemError) in }
    }

    /// Opens an image, and compares it with its hash tree and with who is trusted.
    ///
    /// - Parameters:
    ///   - path: The image.
    ///   - trust: Whose image it may be.
    ///   - progress: Is told the bytes done and the bytes of all.
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
