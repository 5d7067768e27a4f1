import Files
import Glibc

extension TreePlan {
    /// What of an entry a folder or an archive could not take.
    package struct MetadataLoss: Sendable {
        /// The entry.
        package let path: EntryPath
        /// All of it but its name and its content.
        package let metadata: EntryMetadata
        /// Whether the owner and the group are not what the entry says.
        package let isOwnerLost: Bool
        /// Whether the entry is missing, as a device is that only root can make.
        package let isEntryLost: Bool
        /// The extended attributes that are missing.
        package let attributes: [ExtendedAttribute]
    }

    private static let chunk = 1 << 20

    /// What is lost in an archive: extended attributes, for "newc" has none.
    package var lossesInArchive: [MetadataLoss] {
        attributes.keys.sorted().map { index in
            MetadataLoss(
                path: path(of: index),
                metadata: entries[index].metadata,
                isOwnerLost: false,
                isEntryLost: false,
                attributes: attributes[index] ?? []
            )
        }
    }

    /// What is lost in a folder: nothing for root.
    ///
    /// An ordinary user owns all of it; owner 0 and group 0, which `--owner 0:0` gives back later, do not count as lost.
    package var lossesInFolder: [MetadataLoss] {
        guard geteuid() != 0 else { return [] }
        return entries.indices.compactMap { index in
            let metadata = entries[index].metadata
            let lost = (attributes[index] ?? []).filter { !$0.name.hasPrefix("user.") }
            let isOwnerLost = metadata.owner != 0 || metadata.group != 0
            guard isOwnerLost || metadata.kind.isDevice || !lost.isEmpty else { return nil }
            return MetadataLoss(
                path: path(of: index),
                metadata: metadata,
                isOwnerLost: isOwnerLost,
                isEntryLost: metadata.kind.isDevice,
                attributes: lost
            )
        }
    }

    /// Makes the tree in a folder.
    ///
    /// - Parameters:
    ///   - destination: The folder to make.
    ///   - replacing: Whether what is there is replaced at the end; otherwise only an empty folder may be there.
    ///   - interruption: Ends the work early.
    ///   - progress: Reports bytes; see ``ByteProgress/Report``.
    /// - Throws: `file.*`, `tree.*`; nothing is left behind then.
    package func write(
        toFolder destination: String,
        replacing: Bool,
        interruption: Interruption? = nil,
        progress: ByteProgress.Report? = nil
    ) throws(RootFileSystemError) {
        let builder = try TreeBuilder(destination: destination, replacing: replacing)
        let counter = ByteProgress(total: contentSize, report: progress)
        let isRoot = geteuid() == 0
        var buffer = [UInt8](repeating: 0, count: Self.chunk)
        for (index, entry) in entries.enumerated() {
            try interruption?.check()
            let path = path(of: index)
            let attributes = attributes[index] ?? []
            guard entry.firstLink == index else {
                if isRoot || !entry.metadata.kind.isDevice {
                    try builder.makeLink(path, to: self.path(of: entry.firstLink))
                }
                continue
            }
            switch entry.metadata.kind {
            case .directory: try builder.makeFolder(path, entry.metadata, attributes: attributes)
            case .symbolicLink:
                try builder.makeSymbolicLink(path, target: entry.target, entry.metadata, attributes: attributes)
            case .file:
                let place = try builder.file(path, entry.metadata, attributes: attributes)
                let file = try place.make()
                try copy(index, to: file, buffer: &buffer, interruption: interruption, progress: counter)
                try place.finish(file)
            case .fifo, .socket: try builder.makeNode(path, entry.metadata, attributes: attributes)
            case .characterDevice, .blockDevice:
                if isRoot { try builder.makeNode(path, entry.metadata, attributes: attributes) }
            }
        }
        try interruption?.check()
        try builder.commit()
    }

    private func copy(
        _ index: Int,
        to file: Descriptor,
        buffer: inout [UInt8],
        interruption: Interruption?,
        progress: ByteProgress
    ) throws(RootFileSystemError) {
        let (source, offset) = content(of: index)
        let size = entries[index].metadata.size
        var done = 0
        while done < size {
            try interruption?.check()
            let count = try source.read(into: &buffer, count: min(Self.chunk, size - done), at: offset + done)
            guard count > 0 else {
                throw RootFileSystemError(.treeChanged, subject: source.name, expected: "\(size) bytes")
            }
            try file.write(buffer[..<count], at: done)
            done += count
            progress.add(count)
        }
    }
}
