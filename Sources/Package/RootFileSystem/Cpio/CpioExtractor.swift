import Files

/// Makes the tree that a "newc" archive describes.
package enum CpioExtractor {
    /// A file with several names, as far as the archive told.
    private struct LinkedFile {
        let path: EntryPath
        let metadata: EntryMetadata
        var hasContent: Bool
    }

    private static let chunkSize = 1 << 20

    /// Extracts an archive.
    ///
    /// Folders have to stand before what they hold. Owners are set where the process may set them, which is as root.
    ///
    /// - Parameters:
    ///   - archive: The file, taken for hostile.
    ///   - folder: The folder to make; it may be there only if it is empty.
    ///   - progress: Is told the bytes done and the bytes of all.
    /// - Throws: `file.*`, `tree.*`, `cpio.*`; nothing is left behind then.
    package static func extract(
        _ archive: String,
        to folder: String,
        progress: ByteProgress.Report? = nil
    ) throws(RootFileSystemError) {
        try extract(Descriptor(opening: archive), to: folder, progress: progress)
    }

    /// Extracts an open archive.
    ///
    /// - Parameters:
    ///   - file: The archive, taken for hostile; it is read from its position to its end.
    ///   - folder: The folder to make; it may be there only if it is empty.
    ///   - progress: Is told the bytes done and the bytes of all.
    /// - Throws: `file.*`, `tree.*`, `cpio.*`; nothing is left behind then.
    package static func extract(
        _ file: Descriptor,
        to folder: String,
        progress: ByteProgress.Report? = nil
    ) throws(RootFileSystemError) {
        let counter = ByteProgress(total: try file.size(), report: progress)
        var reader = CpioReader(file)
        let builder = try TreeBuilder(destination: folder)
        var linked: [CpioReader.FileNumber: LinkedFile] = [:]
        var before = 0
        var hasRoot = false
        while let entry = try reader.next() {
            counter.add(entry.offset - before)
            before = entry.offset
            switch entry.metadata.kind {
            case .directory:
                if entry.path == .root {
                    guard !hasRoot else { throw Self.twice(entry) }
                    hasRoot = true
                }
                try builder.makeFolder(entry.path, entry.metadata)
            case .file: try extractFile(entry, from: &reader, with: builder, linked: &linked)
            case .symbolicLink: try builder.makeSymbolicLink(entry.path, target: entry.target, entry.metadata)
            case .fifo, .socket, .characterDevice, .blockDevice: try builder.makeNode(entry.path, entry.metadata)
            }
        }
        if !hasRoot { try builder.makeFolder(.root, .plainFolder) }
        for file in linked.values { try builder.finish(file.path, file.metadata) }
        try builder.commit()
    }

    private static func extractFile(
        _ entry: CpioReader.Entry,
        from reader: inout CpioReader,
        with builder: TreeBuilder,
        linked: inout [CpioReader.FileNumber: LinkedFile]
    ) throws(RootFileSystemError) {
        let output: Descriptor
        var file: NewFile?
        if entry.linkCount > 1, let known = linked[entry.file] {
            // The first name's metadata counts, and one name alone brings the content.
            guard known.metadata.mode == entry.metadata.mode, !known.hasContent || entry.metadata.size == 0 else {
                throw RootFileSystemError(
                    .cpioLinkInvalid,
                    subject: "\(entry.path)",
                    expected: "another name of \(known.path), with its mode and without a second content",
                    found: "mode \(String(entry.metadata.mode, radix: 8)), \(entry.metadata.size) bytes"
                )
            }
            try builder.makeLink(entry.path, to: known.path)
            guard entry.metadata.size > 0 else { return }
            linked[entry.file]?.hasContent = true
            output = try builder.reopenFile(known.path)
        } else {
            let new = try builder.file(entry.path, entry.metadata)
            output = try new.make()
            file = new
            if entry.linkCount > 1 {
                linked[entry.file] = LinkedFile(
                    path: entry.path,
                    metadata: entry.metadata,
                    hasContent: entry.metadata.size > 0
                )
            }
        }
        var offset = 0
        while let part = try reader.content(upTo: chunkSize) {
            try output.write(part, at: offset)
            offset += part.count
        }
        if entry.linkCount == 1 { try file?.finish(output) }
    }

    private static func twice(_ entry: CpioReader.Entry) -> RootFileSystemError {
        RootFileSystemError(.treeEntryTwice, subject: "\(entry.path)", expected: "one entry of that path", found: "two")
    }
}
