import Files

/// Writes a directory tree as a "newc" archive: the same tree gives the same bytes everywhere.
///
/// Names are sorted, inodes are numbered from 1, folders count two links and one for each sub-folder, and times are at
/// most `TreeOptions.latestTime`. The content of a file with several names is stored with the last of them, and the target
/// of a symbolic link with each, as GNU cpio does. The format has neither extended attributes nor files of 4 GiB.
package struct CpioWriter {
    /// What an archive is rounded up to, as GNU cpio does.
    private static let recordSize = 512
    /// How many entries a piece of the work has.
    private static let piece = 64
    /// After how many bytes the disk is told to begin.
    private static let diskShare = 32 << 20

    private let tree: any PackableTree
    private let interruption: Interruption?
    /// The index of the last entry of each file that has several names, by the index of the first.
    private let lastLink: [Int: Int]
    /// Where each entry begins, and where the last one ends.
    private let offsets: [Int]

    /// Writes an archive.
    ///
    /// - Parameters:
    ///   - folder: The tree's root.
    ///   - path: The archive.
    ///   - options: What is normalized.
    ///   - replacing: Whether an existing file of that name is replaced at the end; otherwise it is refused.
    ///   - progress: Receives the bytes done and in total, from any thread.
    /// - Returns: How many entries have extended attributes, which the archive has not.
    /// - Throws: `file.*`, `tree.*`, `cpio.file-too-large`; nothing is left behind then.
    @discardableResult
    package static func write(
        _ folder: String,
        to path: String,
        options: TreeOptions = TreeOptions(),
        replacing: Bool = false,
        progress: ByteProgress.Report? = nil
    ) throws(RootFileSystemError) -> Int {
        let output = try AtomicFile<RootFileSystemError>(path, replacing: replacing)
        let tree = try FileTree(scanning: folder, options: options)
        try tree.checkIsOutside(output)
        try CpioWriter(tree).write(to: output, progress: progress)
        var count = 0
        for index in tree.entries.indices where tree.entries[index].firstLink == index {
            if try ExtendedAttribute.areAny(tree.path(of: index), in: tree.root) { count += 1 }
        }
        try output.commit()
        return count
    }

    /// Writes an archive of a planned tree.
    ///
    /// - Parameters:
    ///   - plan: The tree; extended attributes are left out, because the format has none.
    ///   - path: The archive.
    ///   - replacing: Whether an existing file of that name is replaced at the end; otherwise it is refused.
    ///   - interruption: Cancels the work.
    ///   - progress: Receives the bytes done and in total, from any thread.
    /// - Throws: `file.*`, `cpio.file-too-large`; nothing is left behind then.
    package static func write(
        _ plan: TreePlan,
        to path: String,
        replacing: Bool,
        interruption: Interruption? = nil,
        progress: ByteProgress.Report? = nil
    ) throws(RootFileSystemError) {
        let output = try AtomicFile<RootFileSystemError>(path, replacing: replacing)
        try CpioWriter(plan, interruption: interruption).write(to: output, progress: progress)
        try output.commit()
    }

    private init(_ tree: any PackableTree, interruption: Interruption? = nil) throws(RootFileSystemError) {
        self.tree = tree
        self.interruption = interruption
        var lastLink: [Int: Int] = [:]
        for (index, entry) in tree.entries.enumerated() where entry.firstLink != index {
            lastLink[entry.firstLink] = index
        }
        self.lastLink = lastLink
        var offsets = [0]
        for (index, entry) in tree.entries.enumerated() {
            let size = entry.metadata.size
            guard size <= CpioHeader.maximumField else {
                throw RootFileSystemError(
                    .cpioFileTooLarge,
                    subject: "\(tree.path(of: index))",
                    expected: "at most \(CpioHeader.maximumField) bytes",
                    found: "\(size)"
                )
            }
            let head = CpioHeader.byteCount + Self.name(tree.path(of: index)).count + 1
            let data = Self.hasData(index, entry, lastLink) ? size : 0
            let end = head + CpioHeader.padding(after: head) + data + CpioHeader.padding(after: data)
            offsets.append((offsets.last ?? 0) + end)
        }
        self.offsets = offsets
    }

    private func write(
        to output: AtomicFile<RootFileSystemError>,
        progress report: ByteProgress.Report?
    ) throws(RootFileSystemError) {
        let end = offsets.last ?? 0
        var trailer = CpioHeader()
        trailer.nameSize = UInt32(CpioHeader.trailerName.count + 1)
        let trailerBytes = trailer.bytes + CpioHeader.trailerName + [0]
        let size = (end + trailerBytes.count + Self.recordSize - 1) / Self.recordSize * Self.recordSize
        try output.file.setSize(size)
        try output.file.write(trailerBytes[...], at: end)
        let progress = ByteProgress(total: end, report: report)
        let count = tree.entries.count
        let pieces = (count + Self.piece - 1) / Self.piece
        let disk = WritebackTrigger(output.file, share: Self.diskShare)
        try ParallelWork.perform(pieces) { piece throws(RootFileSystemError) in
            let range = piece * Self.piece..<min((piece + 1) * Self.piece, count)
            var region = RegionWriter(output.file, at: offsets[range.lowerBound], progress: progress)
            for index in range { try write(index, to: &region) }
            try region.flush()
            disk.add(offsets[range.upperBound] - offsets[range.lowerBound])
        }
    }

    private func write(_ index: Int, to region: inout RegionWriter) throws(RootFileSystemError) {
        try interruption?.check()
        let entry = tree.entries[index]
        let metadata = entry.metadata
        let name = Self.name(tree.path(of: index))
        let hasData = Self.hasData(index, entry, lastLink)
        var header = CpioHeader()
        header.inode = UInt32(truncatingIfNeeded: entry.firstLink + 1)
        header.mode = UInt32(metadata.mode)
        header.owner = metadata.owner
        header.group = metadata.group
        header.linkCount = UInt32(truncatingIfNeeded: tree.entries[entry.firstLink].linkCount)
        header.modified = UInt32(metadata.modified)
        header.size = hasData ? UInt32(metadata.size) : 0
        header.device = metadata.device
        header.nameSize = UInt32(name.count + 1)
        try region.append(header.bytes)
        try region.append(name)
        try region.append(
            [UInt8](repeating: 0, count: 1 + CpioHeader.padding(after: CpioHeader.byteCount + name.count + 1))
        )
        guard hasData, metadata.size > 0 else { return }
        if metadata.kind == .symbolicLink {
            try region.append(entry.target)
        } else {
            let (file, offset) = try tree.content(of: index)
            try region.append(contentOf: file, at: offset, count: metadata.size)
        }
        try region.append([UInt8](repeating: 0, count: CpioHeader.padding(after: metadata.size)))
    }

    /// Whether the content follows an entry's header: with a file's last name, and with every name of a symbolic link,
    /// whose other names GNU cpio and the kernel read as links of their own.
    private static func hasData(_ index: Int, _ entry: TreeEntry, _ lastLink: [Int: Int]) -> Bool {
        entry.metadata.kind == .symbolicLink || lastLink[entry.firstLink, default: index] == index
    }

    /// The root is ".", as `find . | cpio` has it.
    private static func name(_ path: EntryPath) -> [UInt8] {
        path == .root ? [UInt8(ascii: ".")] : path.bytes
    }
}
