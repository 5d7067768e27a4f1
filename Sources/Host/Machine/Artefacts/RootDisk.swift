import Files
import Foundation
package import GuestInterface
package import RootFileSystem

/// A root file system as a machine's first disk: verified, and always with a dm-verity hash tree.
package final class RootDisk: Sendable {
    /// The verified image.
    package let image: RootImage
    /// The image's open file.
    package let file: MachineFile
    /// The image's size in bytes, including the hash tree.
    package let size: Int
    /// The offset of the hash tree, where the file system ends.
    package let dataSize: Int
    /// The volume's description on the kernel's command line.
    package let volume: VerityVolume

    /// Opens a root file system, and packs it first if it has no hash tree; a packed image has no name.
    ///
    /// - Parameters:
    ///   - path: A sealed ext2 image, a cpio archive or a directory.
    ///   - trust: The root hash or signature to verify; without one, the root hash in the image is trusted.
    ///   - options: The options for packing a directory.
    ///   - progress: Reports bytes; see ``ByteProgress/Report``.
    /// - Throws: `RootFileSystemError`; `MachineError` where the temporary folder cannot be created.
    package init(
        _ path: String,
        trust: ImageTrust,
        options: TreeOptions = TreeOptions(),
        progress: ByteProgress.Report? = nil
    ) throws {
        var image = try RootImage(opening: path, trust: trust, options: options, progress: progress)
        if case .cpio = image.format {
            let scratch = try ScratchFolder()
            let tree = scratch.path + "/tree"
            try CpioExtractor.extract(image.file, to: tree, progress: progress)
            image = try RootImage(opening: tree, trust: ImageTrust(), progress: progress)
            withExtendedLifetime(scratch) {}
        }
        guard case .sealedExt2(let sealed) = image.format else {
            throw RootFileSystemError(.rootFormatUnknown, subject: path, expected: "an image that was packed just now")
        }
        // The open file itself, so that the verified file is the one that the machine reads.
        self.image = image
        file = MachineFile(sharing: image.file)
        dataSize = sealed.block.hashOffset
        volume = VerityVolume(
            dataSize: dataSize,
            rootHash: sealed.block.rootHash,
            salt: sealed.salt
        )
        let blocks = dataSize / VerityGeometry.blockSize
        size = (blocks + 1 + VerityGeometry(dataBlockCount: blocks).blockCount) * VerityGeometry.blockSize
    }
}
