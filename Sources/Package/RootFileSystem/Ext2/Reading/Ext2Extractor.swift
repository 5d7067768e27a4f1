import Files

/// Extracts an ext2 image into a folder.
///
/// One thread at a time walks the image, creates entries without content, and collects files; all cores copy them.
package enum Ext2Extractor {
    /// Extracts an image.
    ///
    /// Owners and `security` attributes are set where the process may set them, which is as root. Holes stay holes.
    ///
    /// - Parameters:
    ///   - path: The untrusted image; what follows the file system is not read.
    ///   - folder: The folder to create; an existing one must be empty, unless it is replaced.
    ///   - rights: What may be created.
    ///   - replacing: Whether an existing folder or file is replaced by the finished tree.
    ///   - progress: Receives the bytes done and in total, from any thread.
    /// - Throws: `file.*`, `tree.*`, `ext2.*`; nothing is left behind then.
    package static func extract(
        _ path: String,
        to folder: String,
        rights: ExtractionRights = .all,
        replacing: Bool = false,
        progress: ByteProgress.Report? = nil
    ) throws(RootFileSystemError) {
        try extract(Descriptor(opening: path), to: folder, rights: rights, replacing: replacing, progress: progress)
    }

    /// Extracts an open image.
    ///
    /// - Parameters:
    ///   - file: The untrusted image; it is read by offset.
    ///   - folder: The folder to create; an existing one must be empty, unless it is replaced.
    ///   - rights: What may be created.
    ///   - replacing: Whether an existing folder or file is replaced by the finished tree.
    ///   - progress: Receives the bytes done and in total, from any thread.
    /// - Throws: `file.*`, `tree.*`, `ext2.*`; nothing is left behind then.
    package static func extract(
        _ file: Descriptor,
        to folder: String,
        rights: ExtractionRights = .all,
        replacing: Bool = false,
        progress: ByteProgress.Report? = nil
    ) throws(RootFileSystemError) {
        let image = try Ext2Image(file, at: 0, size: file.size())
        let builder = try TreeBuilder(destination: folder, rights: rights, replacing: replacing)
        let size = image.superblock.blockSize
        let counter = ByteProgress(total: image.superblock.blockCount * size, report: progress)
        let copier = ContentCopier(image: image.file, start: image.start, blockSize: size, progress: counter)
        try ParallelWork.perform(FileSource(image, builder, copier)) { files throws(RootFileSystemError) in
            var buffer = ContentCopier.buffer(for: files.map(\.size).max() ?? 0)
            for file in files { try file.write(copier, buffer: &buffer) }
        }
        try builder.commit()
    }
}

/// A file of an image that is to be copied.
private struct StoredFile: Sendable {
    let place: NewFile
    /// The file where it had to be made already.
    var made: Descriptor?
    let size: Int
    /// The blocks that were not copied yet.
    var runs: [ContentRun] = []

    func write(_ copier: ContentCopier, buffer: inout [UInt8]) throws(RootFileSystemError) {
        let file = if let made { made } else { try place.make() }
        for run in runs { try copier.copy(run, to: file, size: size, buffer: &buffer) }
        // A hole at the end is not written, and so has to be said.
        let end = runs.last.map { ($0.first + $0.count) * copier.blockSize } ?? 0
        if end < size { try file.setSize(size) }
        try place.finish(file)
    }
}

/// Blocks in a row, in a content and in the image.
private struct ContentRun: Sendable {
    let first: Int
    let place: Int
    let count: Int
}

/// Copies blocks of an image into files.
private struct ContentCopier: Sendable {
    /// What a core's own cache holds beside other things.
    private static let chunk = 256 << 10

    let image: Descriptor
    /// Where the file system begins in the file.
    let start: Int
    let blockSize: Int
    let progress: ByteProgress

    /// A buffer for files of at most a size.
    static func buffer(for size: Int) -> [UInt8] {
        [UInt8](repeating: 0, count: min(chunk, size))
    }

    /// Copies a run, but not beyond the content's end.
    func copy(
        _ run: ContentRun,
        to file: Descriptor,
        size: Int,
        buffer: inout [UInt8]
    ) throws(RootFileSystemError) {
        var offset = run.first * blockSize
        var source = start + run.place * blockSize
        let end = min(size, offset + run.count * blockSize)
        while offset < end {
            let wanted = min(buffer.count, end - offset)
            let got = try image.read(into: &buffer, count: wanted, at: source)
            guard got == wanted else {
                throw RootFileSystemError(
                    .ext2Truncated,
                    subject: "block \((source - start + got) / blockSize)",
                    expected: "\(wanted) bytes",
                    found: "\(got)"
                )
            }
            try file.write(buffer[..<got], at: offset)
            offset += got
            source += got
            progress.add(got)
        }
    }
}

/// Goes through an image and gives its files, some at a time.
private struct FileSource: PieceSource {
    private static let largestCount = 32
    private static let largestSize = 1 << 20
    /// How many runs are held of a file; the others of a scattered one are copied when they are found.
    private static let largestRunCount = 1 << 14

    private var walk: Ext2Walk
    private let builder: TreeBuilder
    private let copier: ContentCopier

    init(_ image: Ext2Image, _ builder: TreeBuilder, _ copier: ContentCopier) {
        walk = Ext2Walk(image)
        self.builder = builder
        self.copier = copier
    }

    mutating func next() throws(RootFileSystemError) -> [StoredFile]? {
        var files: [StoredFile] = []
        var size = 0
        while files.count < Self.largestCount, size < Self.largestSize, let (entry, inode) = try walk.next() {
            if let original = entry.original {
                try builder.makeLink(entry.path, to: original)
                continue
            }
            let (metadata, attributes) = (entry.metadata, entry.attributes)
            switch metadata.kind {
            case .directory: try builder.makeFolder(entry.path, metadata, attributes: attributes)
            case .symbolicLink:
                try builder.makeSymbolicLink(entry.path, target: entry.target, metadata, attributes: attributes)
            case .file:
                files.append(try file(entry, inode))
                size += inode.size
            case .fifo, .socket, .characterDevice, .blockDevice:
                try builder.makeNode(entry.path, metadata, attributes: attributes)
            }
        }
        return files.isEmpty ? nil : files
    }

    private func file(_ entry: ImageEntry, _ inode: StoredInode) throws(RootFileSystemError) -> StoredFile {
        let place = try builder.file(entry.path, entry.metadata, attributes: entry.attributes)
        var file = StoredFile(place: place, size: inode.size)
        // What has other names has to be there when they are made.
        if entry.linkCount > 1 { file.made = try place.make() }
        try walk.image.forEachRun(of: inode) { first, place, count throws(RootFileSystemError) in
            if file.runs.count == Self.largestRunCount {
                let made = if let made = file.made { made } else { try file.place.make() }
                file.made = made
                var buffer = ContentCopier.buffer(for: inode.size)
                for run in file.runs { try copier.copy(run, to: made, size: inode.size, buffer: &buffer) }
                file.runs = []
            }
            file.runs.append(ContentRun(first: first, place: place, count: count))
        }
        return file
    }
}
