import Files
import Foundation
package import GuestInterface
package import RootFileSystem

/// A root file system as a machine's first disk: checked, and always behind a hash tree.
package final class RootDisk: Sendable {
    /// The image, as it was checked.
    package let image: RootImage
    /// The same image, open for reading.
    package let file: MachineFile
    /// The image's size in bytes, hash tree included.
    package let size: Int
    /// Where the file system ends and the hash tree begins.
    package let dataSize: Int
    /// What the kernel's command line says of it.
    package let volume: VerityVolume

    /// Opens a root file system; what has no hash tree yet is packed first, and leaves no file behind.
    ///
    /// - Parameters:
    ///   - path: A sealed ext2 image, a cpio archive or a directory.
    ///   - trust: Who vouches for it; where nobody does, the root hash that it names itself is taken for good.
    ///   - options: How a directory is packed.
    ///   - progress: Is told the bytes done and the bytes of all, from any thread.
    /// - Throws: `RootFileSystemError`; `MachineError` where the folder for packing cannot be made.
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
        // The open image itself: what was checked is what is handed over.
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
