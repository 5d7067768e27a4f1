import Crypto
import Files

/// The entries and files of an ext2 file system that is a piece of a file, each read when it is asked for.
///
/// The image is taken for hostile; every call looks at it anew.
package struct Ext2Contents: Sendable {
    private let file: Descriptor
    private let start: Int
    private let size: Int

    /// - Parameters:
    ///   - file: Is read by offset.
    ///   - start: Where the piece begins.
    ///   - size: How many bytes it has.
    package init(_ file: Descriptor, at start: Int, size: Int) {
        self.file = file
        self.start = start
        self.size = size
    }

    /// Every entry, sorted by path.
    ///
    /// - Returns: The entries; of a file with several names the later ones have `original`.
    /// - Throws: `file.*`, `ext2.*`.
    package func entries() throws(RootFileSystemError) -> [ImageEntry] {
        var walk = Ext2Walk(try Ext2Image(file, at: start, size: size))
        var entries: [ImageEntry] = []
        while let (entry, _) = try walk.next() { entries.append(entry) }
        return entries.sorted { $0.path < $1.path }
    }

    /// SHA-256 of every regular file below a folder.
    ///
    /// - Parameter folder: The folder; a path that leads through a symbolic link has nothing below it.
    /// - Returns: Files with their digests, sorted by path; a second name of a file is left out.
    /// - Throws: `file.*`, `ext2.*`.
    package func digests(below folder: EntryPath) throws(RootFileSystemError) -> [(entry: ImageEntry, sha256: [UInt8])]
    {
        let image = try Ext2Image(file, at: start, size: size)
        var walk = Ext2Walk(image)
        let prefix = folder == .root ? [] : folder.bytes + [UInt8(ascii: "/")]
        let progress = ByteProgress(total: size, report: nil)
        var found: [(entry: ImageEntry, sha256: [UInt8])] = []
        while let (entry, inode) = try walk.next() {
            guard entry.metadata.kind == .file, entry.original == nil, entry.path.bytes.starts(with: prefix) else {
                continue
            }
            found.append((entry, try TreeSnapshot.digest(of: inode, in: image, progress)))
        }
        return found.sorted { $0.entry.path < $1.entry.path }
    }

    /// A regular file's content.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - limit: The most bytes to hold.
    /// - Returns: nil where no regular file has that path, or it is larger.
    /// - Throws: `file.*`, `ext2.*`.
    package func content(of path: EntryPath, atMost limit: Int) throws(RootFileSystemError) -> [UInt8]? {
        let image = try Ext2Image(file, at: start, size: size)
        let blockSize = image.superblock.blockSize
        var walk = Ext2Walk(image)
        var content: [UInt8]?
        while let (entry, inode) = try walk.next() {
            guard entry.path == path, entry.metadata.kind == .file, entry.original == nil, inode.size <= limit else {
                continue
            }
            // Holes stay zeros.
            var bytes = [UInt8](repeating: 0, count: inode.size)
            try image.forEachRun(of: inode) { first, place, count throws(RootFileSystemError) in
                var buffer = [UInt8](repeating: 0, count: min(count * blockSize, inode.size - first * blockSize))
                try image.read(into: &buffer, count: buffer.count, block: place)
                bytes.replaceSubrange(first * blockSize..<first * blockSize + buffer.count, with: buffer)
            }
            content = bytes
        }
        return content
    }
}
