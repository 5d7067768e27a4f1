/// Makes the tree that an ext2 image holds.
package enum Ext2Extractor {
    private static let chunk = 1 << 20

    /// Extracts an image.
    ///
    /// Owners and `security` attributes are set where the process may set them, which is as root. Holes stay holes.
    ///
    /// - Parameters:
    ///   - path: The image, taken for hostile; what lies behind the file system is not looked at.
    ///   - folder: The folder to make; it may be there only if it is empty.
    ///   - rights: What may be made.
    ///   - progress: Is told the bytes done and the bytes of all.
    /// - Throws: `file.*`, `tree.*`, `ext2.*`; nothing is left behind then.
    package static func extract(
        _ path: String,
        to folder: String,
        rights: ExtractionRights = .all,
        progress: ByteProgress.Report? = nil
    ) throws(RootFileSystemError) {
        let image = try Ext2Image(opening: path)
        let builder = try TreeBuilder(destination: folder, rights: rights)
        let total = image.superblock.blockCount * image.superblock.blockSize
        let counter = ByteProgress(total: total, report: progress)
        var buffer = [UInt8](repeating: 0, count: chunk)
        var walk = Ext2Walk(image)
        try walk.run { entry, inode throws(RootFileSystemError) in
            if let original = entry.original {
                try builder.makeLink(entry.path, to: original)
                return
            }
            switch entry.metadata.kind {
            case .directory: try builder.makeFolder(entry.path, entry.metadata, attributes: entry.attributes)
            case .symbolicLink:
                try builder.makeSymbolicLink(
                    entry.path,
                    target: entry.target,
                    entry.metadata,
                    attributes: entry.attributes
                )
            case .file:
                let file = try builder.makeFile(entry.path)
                try copy(inode, of: image, to: file, buffer: &buffer, progress: counter)
                try builder.finish(entry.path, entry.metadata, attributes: entry.attributes)
            case .fifo, .socket, .characterDevice, .blockDevice:
                try builder.makeNode(entry.path, entry.metadata, attributes: entry.attributes)
            }
        }
        try builder.commit()
    }

    private static func copy(
        _ inode: StoredInode,
        of image: Ext2Image,
        to file: Descriptor,
        buffer: inout [UInt8],
        progress: ByteProgress
    ) throws(RootFileSystemError) {
        let size = image.superblock.blockSize
        var buffered = buffer
        buffer = []
        defer { buffer = buffered }
        var end = 0
        try image.forEachRun(of: inode) { first, place, count throws(RootFileSystemError) in
            var (block, left) = (0, min(inode.size - first * size, count * size))
            while left > 0 {
                let wanted = min(left, chunk)
                try image.read(into: &buffered, count: wanted, block: place + block)
                try file.write(buffered[..<wanted], at: (first + block) * size)
                end = (first + block) * size + wanted
                block += chunk / size
                left -= wanted
                progress.add(wanted)
            }
        }
        // A hole at the end is not written, and so has to be said.
        if end < inode.size { try file.setSize(inode.size) }
    }
}
