import Crypto
import Diagnostics
import Files
import Glibc

/// A directory or an ext2 image as a comparison sees it.
package struct TreeSnapshot: Sendable {
    /// An entry with the digest of its content.
    package struct Entry: Sendable, Equatable {
        package let metadata: EntryMetadata
        package let linkCount: Int
        package let target: [UInt8]
        /// The first path of the same file; its own where that is this one.
        package let original: EntryPath
        /// SHA-256 of a file's content.
        package let content: [UInt8]
        let attributes: [ExtendedAttribute]

        /// The extended attributes for a person: name=value in hexadecimal.
        package var attributeText: String {
            attributes.map { "\($0.name)=\(Hexadecimal.text($0.value))" }.joined(separator: " ")
        }
    }

    /// Every entry by its path.
    package let entries: [EntryPath: Entry]

    /// Reads a directory or an image, all of its content.
    ///
    /// - Parameters:
    ///   - path: A folder, or an ext2 image.
    ///   - options: What is made the same for everybody in a folder; an image stays as it is.
    ///   - progress: Reports bytes; see ``ByteProgress/Report``.
    /// - Throws: `file.*`, `tree.*`, `ext2.*`.
    package init(
        of path: String,
        options: TreeOptions,
        progress: ByteProgress.Report? = nil
    ) throws(RootFileSystemError) {
        let isFolder = try Descriptor(opening: path).status().st_mode & 0o170000 == 0o040000
        entries =
            try isFolder
            ? Self.folder(path, options, progress) : Self.image(Ext2Image(opening: path), progress)
    }

    /// Reads an image that is a piece of a file, all of its content.
    ///
    /// - Parameters:
    ///   - file: Is read by offset.
    ///   - start: Where the piece begins.
    ///   - size: How many bytes it has.
    ///   - progress: Reports bytes; see ``ByteProgress/Report``.
    /// - Throws: `file.*`, `ext2.*`.
    package init(
        of file: Descriptor,
        at start: Int,
        size: Int,
        progress: ByteProgress.Report? = nil
    ) throws(RootFileSystemError) {
        entries = try Self.image(Ext2Image(file, at: start, size: size), progress)
    }

    private static func folder(
        _ path: String,
        _ options: TreeOptions,
        _ report: ByteProgress.Report?
    ) throws(RootFileSystemError) -> [EntryPath: Entry] {
        let tree = try FileTree(scanning: path, options: options)
        let total = tree.entries.reduce(0) { $0 + ($1.metadata.kind == .file ? $1.metadata.size : 0) }
        let progress = ByteProgress(total: total, report: report)
        let found = Results<(EntryPath, Entry)>()
        try ParallelWork.perform(tree.entries.count) { index throws(RootFileSystemError) in
            let entry = tree.entries[index]
            let path = tree.path(of: index)
            found.append(
                (
                    path,
                    Entry(
                        metadata: entry.metadata,
                        linkCount: tree.entries[entry.firstLink].linkCount,
                        target: entry.target,
                        original: tree.path(of: entry.firstLink),
                        content: entry.metadata.kind == .file
                            ? try digest(of: tree.openFile(index), size: entry.metadata.size, progress) : [],
                        attributes: try ExtendedAttribute.read(path, in: tree.root)
                    )
                )
            )
        }
        return Dictionary(found.all) { first, _ in first }
    }

    private static func digest(
        of file: Descriptor,
        size: Int,
        _ progress: ByteProgress
    ) throws(RootFileSystemError) -> [UInt8] {
        var hash = SHA256()
        var buffer = [UInt8](repeating: 0, count: min(1 << 20, max(1, size)))
        while true {
            let got = try file.read(into: &buffer, count: buffer.count)
            if got == 0 { return Array(hash.finalize()) }
            hash.update(data: buffer[..<got])
            progress.add(got)
        }
    }

    private static func image(
        _ image: Ext2Image,
        _ report: ByteProgress.Report?
    ) throws(RootFileSystemError) -> [EntryPath: Entry] {
        let total = image.superblock.blockCount * image.superblock.blockSize
        let progress = ByteProgress(total: total, report: report)
        var entries: [EntryPath: Entry] = [:]
        var links: [(path: EntryPath, original: EntryPath)] = []
        var walk = Ext2Walk(image)
        while let (entry, inode) = try walk.next() {
            if let original = entry.original {
                links.append((entry.path, original))
                continue
            }
            entries[entry.path] = Entry(
                metadata: entry.metadata,
                linkCount: entry.linkCount,
                target: entry.target,
                original: entry.path,
                content: entry.metadata.kind == .file ? try digest(of: inode, in: image, progress) : [],
                attributes: entry.attributes
            )
        }
        return named(entries, links)
    }

    /// Gives every name of a file the file's entry, and the least of the names as the original, whatever the order was.
    private static func named(
        _ entries: [EntryPath: Entry],
        _ links: [(path: EntryPath, original: EntryPath)]
    ) -> [EntryPath: Entry] {
        var entries = entries
        var names: [EntryPath: [EntryPath]] = [:]
        for link in links { names[link.original, default: [link.original]].append(link.path) }
        for (original, paths) in names {
            guard let entry = entries[original] else { continue }
            for path in paths {
                entries[path] = Entry(
                    metadata: entry.metadata,
                    linkCount: entry.linkCount,
                    target: entry.target,
                    original: paths.min(by: EntryPath.isBeforeInTree) ?? original,
                    content: entry.content,
                    attributes: entry.attributes
                )
            }
        }
        return entries
    }

    /// SHA-256 of a file's content; holes are zeros.
    static func digest(
        of inode: StoredInode,
        in image: Ext2Image,
        _ progress: ByteProgress
    ) throws(RootFileSystemError) -> [UInt8] {
        let size = image.superblock.blockSize
        var hash = SHA256()
        var hashed = 0
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        let zeros = [UInt8](repeating: 0, count: 1 << 20)
        func fill(to end: Int) {
            while hashed < end {
                let count = min(zeros.count, end - hashed)
                hash.update(data: zeros[..<count])
                hashed += count
            }
        }
        try image.forEachRun(of: inode) { first, place, count throws(RootFileSystemError) in
            fill(to: first * size)
            let end = min(inode.size, (first + count) * size)
            while hashed < end {
                let wanted = min(buffer.count, end - hashed)
                try image.read(into: &buffer, count: wanted, block: place + hashed / size - first)
                hash.update(data: buffer[..<wanted])
                hashed += wanted
                progress.add(wanted)
            }
        }
        fill(to: inode.size)
        return Array(hash.finalize())
    }
}
