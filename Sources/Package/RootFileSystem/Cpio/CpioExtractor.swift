import Files
import Glibc

/// Extracts "newc" archives into a folder.
///
/// ``CpioReader`` parses, and ``TreeBuilder`` creates the files.
package enum CpioExtractor {
    /// Extracts an archive, or several in one file.
    ///
    /// Folders may come before or after their entries; a folder that no entry describes gets the permissions 0755. A
    /// later archive of the file replaces what earlier ones have, as in the kernel; within one archive only a folder may
    /// occur twice. Owners are set where the process may set them, which is as root.
    ///
    /// - Parameters:
    ///   - archive: The untrusted file.
    ///   - folder: The folder to create; an existing one must be empty, unless it is replaced.
    ///   - replacing: Whether an existing folder or file is replaced by the finished tree.
    ///   - progress: Receives the bytes done and in total.
    /// - Throws: `file.*`, `tree.*`, `cpio.*`; nothing is left behind then.
    package static func extract(
        _ archive: String,
        to folder: String,
        replacing: Bool = false,
        progress: ByteProgress.Report? = nil
    ) throws(RootFileSystemError) {
        try extract(Descriptor(opening: archive), to: folder, replacing: replacing, progress: progress)
    }

    /// Extracts an open archive, which is read from its first byte.
    ///
    /// - Parameters:
    ///   - file: The untrusted archive; a pipe is read from its position.
    ///   - folder: The folder to create; an existing one must be empty, unless it is replaced.
    ///   - replacing: Whether an existing folder or file is replaced by the finished tree.
    ///   - progress: Receives the bytes done and in total.
    /// - Throws: `file.*`, `tree.*`, `cpio.*`; nothing is left behind then.
    package static func extract(
        _ file: Descriptor,
        to folder: String,
        replacing: Bool = false,
        progress: ByteProgress.Report? = nil
    ) throws(RootFileSystemError) {
        let counter = ByteProgress(total: try file.size(), report: progress)
        let builder = try TreeBuilder(destination: folder, replacing: replacing)
        var extraction = CpioExtraction(reading: CpioReader(file), to: builder)
        try extraction.run(progress: counter)
        try builder.commit()
    }
}

/// The state of one extraction.
private struct CpioExtraction {
    /// A file with several names, as far as its archive has shown them.
    private struct LinkedFile {
        let path: EntryPath
        var metadata: EntryMetadata
        let target: [UInt8]
    }

    private static let chunkSize = 1 << 20

    private let builder: TreeBuilder
    private var reader: CpioReader
    private var linked: [CpioReader.FileNumber: LinkedFile] = [:]
    /// Folders that occur on the way to an entry, and that no entry has described yet.
    private var impliedFolders: Set<EntryPath> = []
    private var archive = 0
    /// The names of the current archive, unless it is the first one: there, whatever exists is its own.
    private var names: Set<EntryPath> = []
    private var hasRoot = false

    init(reading reader: CpioReader, to builder: TreeBuilder) {
        self.reader = reader
        self.builder = builder
    }

    mutating func run(progress: ByteProgress) throws(RootFileSystemError) {
        var before = 0
        while let entry = try reader.next() {
            progress.add(max(0, reader.fileOffset - before))
            before = max(before, reader.fileOffset)
            if entry.archive != archive { try beginArchive(entry.archive) }
            impliedFolders.formUnion(try builder.makeMissingFolders(of: entry.path))
            if entry.metadata.kind == .directory {
                try extractFolder(entry)
            } else {
                try makeRoom(for: entry)
                try extractFile(entry)
            }
            if archive > 0 { names.insert(entry.path) }
        }
        try finishLinkedFiles()
        if !hasRoot { try builder.makeFolder(.root, .plainFolder) }
    }

    // MARK: private

    /// Numbers of files are an archive's own, so no link leads from one archive to another.
    private mutating func beginArchive(_ number: Int) throws(RootFileSystemError) {
        try finishLinkedFiles()
        archive = number
        names = []
    }

    private mutating func finishLinkedFiles() throws(RootFileSystemError) {
        for file in linked.values where file.metadata.kind == .file { try builder.finish(file.path, file.metadata) }
        linked = [:]
    }

    private mutating func extractFolder(_ entry: CpioReader.Entry) throws(RootFileSystemError) {
        if entry.path == .root {
            hasRoot = true
            return builder.describeFolder(.root, entry.metadata)
        }
        let isImplied = impliedFolders.remove(entry.path) != nil
        if try isImplied ? true : builder.isFolder(entry.path) {
            return builder.describeFolder(entry.path, entry.metadata)
        }
        try makeRoom(for: entry)
        try builder.makeFolder(entry.path, entry.metadata)
    }

    /// Removes what an earlier archive has at an entry's path.
    private mutating func makeRoom(for entry: CpioReader.Entry) throws(RootFileSystemError) {
        guard archive > 0, !names.contains(entry.path) else { return }
        try builder.remove(entry.path)
    }

    private mutating func extractFile(_ entry: CpioReader.Entry) throws(RootFileSystemError) {
        if entry.linkCount > 1, let known = linked[entry.file], known.target == entry.target {
            return try extractLink(entry, to: known)
        }
        if entry.linkCount > 1 {
            linked[entry.file] = LinkedFile(path: entry.path, metadata: entry.metadata, target: entry.target)
        }
        switch entry.metadata.kind {
        case .symbolicLink: try builder.makeSymbolicLink(entry.path, target: entry.target, entry.metadata)
        case .file:
            var metadata = entry.metadata
            // A later name may bring the content, so the file stays writable until all names are known.
            if entry.linkCount > 1 { metadata.permissions = 0o600 }
            let file = try builder.file(entry.path, metadata)
            let output = try file.make()
            try copyContent(to: output)
            if entry.linkCount == 1 { try file.finish(output) }
        default: try builder.makeNode(entry.path, entry.metadata)
        }
    }

    /// Creates another name of a file.
    ///
    /// The first name's metadata counts, and any name may bring the content.
    private mutating func extractLink(
        _ entry: CpioReader.Entry,
        to known: LinkedFile
    ) throws(RootFileSystemError) {
        guard known.metadata.mode == entry.metadata.mode, known.metadata.device == entry.metadata.device else {
            throw Self.linkInvalid(entry, known, found: "mode \(String(entry.metadata.mode, radix: 8))")
        }
        try builder.makeLink(entry.path, to: known.path)
        guard entry.metadata.kind == .file, entry.metadata.size > 0 else { return }
        guard known.metadata.size == 0 else {
            // Some writers store the content with every name.
            guard known.metadata.size == entry.metadata.size, try isContent(of: known.path) else {
                throw Self.linkInvalid(entry, known, found: "another content, of \(entry.metadata.size) bytes")
            }
            return
        }
        linked[entry.file]?.metadata.size = entry.metadata.size
        try copyContent(to: builder.reopenFile(known.path, flags: O_WRONLY))
    }

    private mutating func copyContent(to output: Descriptor) throws(RootFileSystemError) {
        var offset = 0
        while let part = try reader.content(upTo: Self.chunkSize) {
            try output.write(part, at: offset)
            offset += part.count
        }
    }

    /// Whether the current entry's content is that of a file that was extracted; both have the same size.
    private mutating func isContent(of path: EntryPath) throws(RootFileSystemError) -> Bool {
        let file = try builder.reopenFile(path, flags: O_RDONLY)
        var buffer = [UInt8](repeating: 0, count: Self.chunkSize)
        var offset = 0
        while let part = try reader.content(upTo: Self.chunkSize) {
            let count = try file.read(into: &buffer, count: part.count, at: offset)
            guard buffer[..<count] == part else { return false }
            offset += count
        }
        return true
    }

    private static func linkInvalid(
        _ entry: CpioReader.Entry,
        _ known: LinkedFile,
        found: String
    ) -> RootFileSystemError {
        RootFileSystemError(
            .cpioLinkInvalid,
            subject: "\(entry.path)",
            expected: "another name of \(known.path), with its mode and without a different content",
            found: found
        )
    }
}
