import Crypto
import Diagnostics
package import Files
import Glibc
package import PackageManifest
package import RootFileSystem

/// Writes a package's file: the same parts and manifest give the same bytes but for the signature.
package enum PackageWriter {
    /// Where a part's content comes from.
    package enum Source: Sendable {
        /// Bytes in memory.
        case bytes([UInt8])
        /// A piece of an open file.
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

    /// Computes what a manifest says of a part.
    ///
    /// - Parameters:
    ///   - name: The member's name.
    ///   - source: Its content.
    ///   - progress: Counts what was read.
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
    ///   - path: The package's final name; it appears whole or not at all.
    ///   - replacing: Whether a file of that name is replaced.
    ///   - progress: Is told the bytes done and the bytes of all.
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
