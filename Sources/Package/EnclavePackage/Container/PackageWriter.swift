import Crypto
import Diagnostics
package import Files
import Glibc
package import PackageManifest
package import RootFileSystem

/// Writes a package's file: the same parts and manifest give the same bytes, except for the signature.
package enum PackageWriter {
    /// The source of a part's content.
    package enum Source: Sendable {
        /// Bytes in memory.
        case bytes([UInt8])
        /// A range of an open file.
        case file(OpenFile<PackageError>, offset: Int, size: Int)

        /// The content's size in bytes.
        package var size: Int {
            switch self {
            case .bytes(let bytes): bytes.count
            case .file(_, _, let size): size
            }
        }
    }

    private static let chunk = 1 << 20

    /// Computes a part's entry for the manifest.
    ///
    /// - Parameters:
    ///   - name: The member's name.
    ///   - source: Its content.
    ///   - progress: Counts the bytes read.
    /// - Returns: Name, size and digest.
    /// - Throws: `package.unreadable`, `package.truncated`.
    package static func describe(
        _ name: String,
        _ source: Source,
        progress: ByteProgress? = nil
    ) throws(PackageError) -> Manifest.Part {
        var hash = SHA256()
        try forEachChunk(of: source, name) { (bytes: ArraySlice<UInt8>) throws(PackageError) in
            hash.update(data: bytes)
            progress?.add(bytes.count)
        }
        return Manifest.Part(name: name, size: source.size, sha256: Hexadecimal.text(hash.finalize()))
    }

    /// Writes the package; each part is compared with the manifest's digest while it is copied.
    ///
    /// - Parameters:
    ///   - signed: The manifest, which names every part, and its signature.
    ///   - sources: The parts' contents, in the manifest's order.
    ///   - path: The package's path; the file is created atomically.
    ///   - replacing: Whether an existing file is replaced.
    ///   - progress: Reports bytes; see ``ByteProgress/Report``.
    /// - Throws: `package.*`.
    package static func write(
        _ signed: SignedManifest,
        _ sources: [Source],
        to path: String,
        replacing: Bool,
        progress: ByteProgress.Report? = nil
    ) throws(PackageError) {
        let manifest = signed.manifest
        precondition(manifest.parts.count == sources.count, "every part has its content")
        let output = try AtomicFile<PackageError>(path, replacing: replacing)
        let layout = PackageLayout(
            manifestSize: signed.bytes.count,
            signatureSize: signed.signature.count,
            partSizes: manifest.parts.map { ($0.name, $0.size) }
        )
        let counter = ByteProgress(total: layout.size, report: progress)
        func put(_ bytes: ArraySlice<UInt8>, at offset: Int) throws(PackageError) {
            try output.file.write(bytes, at: offset)
            counter.add(bytes.count)
        }
        for frame in layout.frames { try put(frame.bytes[...], at: frame.offset) }
        try put(signed.bytes[...], at: layout.manifest.offset)
        try put(signed.signature[...], at: layout.signature.offset)
        for (index, part) in manifest.parts.enumerated() {
            var offset = layout.parts[index].offset
            var hash = SHA256()
            try forEachChunk(of: sources[index], part.name) { (bytes: ArraySlice<UInt8>) throws(PackageError) in
                hash.update(data: bytes)
                try put(bytes, at: offset)
                offset += bytes.count
            }
            guard Hexadecimal.text(hash.finalize()) == part.sha256, sources[index].size == part.size else {
                throw PackageError(
                    .partChanged,
                    subject: part.name,
                    expected: "the content that was hashed a moment ago",
                    found: "another"
                )
            }
        }
        try output.commit()
    }

    private static func forEachChunk(
        of source: Source,
        _ name: String,
        _ use: (ArraySlice<UInt8>) throws(PackageError) -> Void
    ) throws(PackageError) {
        guard case .file(let file, let start, let size) = source else {
            if case .bytes(let bytes) = source { try use(bytes[...]) }
            return
        }
        var buffer = [UInt8](repeating: 0, count: min(chunk, max(size, 1)))
        var done = 0
        while done < size {
            let wanted = min(buffer.count, size - done)
            let got = try file.read(into: &buffer, count: wanted, at: start + done)
            guard got == wanted else {
                throw PackageError(.truncated, subject: name, expected: "\(size) bytes", found: "\(done + got)")
            }
            try use(buffer[..<got])
            done += got
        }
    }
}
