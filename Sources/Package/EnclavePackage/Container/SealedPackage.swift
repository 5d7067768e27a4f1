import Crypto
import Diagnostics
import Dispatch
package import Files
import Glibc
package import PackageManifest
package import RootFileSystem
import Synchronization

/// An open package; it exists only after verification of its signature and of all bytes around the parts.
///
/// The file is untrusted. Its expected bytes are computed from the manifest, and a byte that differs is refused with
/// the name of the member. `verifyParts` and `copyToMemory` compare parts with their digests.
package struct SealedPackage: Sendable {
    /// A part and its range in the file.
    package struct Part: Sendable, Equatable {
        /// The member's name in the archive.
        package let name: String
        /// The content's offset, a multiple of 4096.
        package let offset: Int
        /// The content's size in bytes.
        package let size: Int
        /// SHA-256 of the content, 64 lower-case digits.
        package let sha256: String
    }

    private static let chunk = 1 << 20

    /// The open file, read-only; parts are read from it by offset.
    package let file: OpenFile<PackageError>
    /// The manifest and its valid signature.
    package let claim: ClaimedPackage
    /// The manifest's bytes.
    package let manifestBytes: [UInt8]
    /// The bytes of the manifest's signature.
    package let signatureBytes: [UInt8]
    /// Every part, in the order of the file.
    package let parts: [Part]
    /// The file's size in bytes.
    package let size: Int

    /// The signed manifest.
    package var manifest: Manifest { claim.manifest }
    /// The signer's key and the signature.
    package var signature: PackageSignature { claim.signature }

    /// Opens a package and verifies its signature and layout; it reads no part.
    ///
    /// - Parameters:
    ///   - path: The package.
    ///   - trust: The trusted signers.
    /// - Throws: `package.*`, `manifest.invalid`, `package-signature.*`.
    package init(opening path: String, trusting trust: SignerTrust) throws(PackageError) {
        let file = try OpenFile<PackageError>(opening: path)
        let kind = try file.status().st_mode & S_IFMT
        guard kind != S_IFDIR else {
            throw PackageError(
                .inputInvalid,
                subject: path,
                expected: "a package, as adyton package writes it; adyton exec starts a directory",
                found: "a directory"
            )
        }
        let size = try file.size()
        var offset = 0
        func member(_ name: String, atMost limit: Int) throws(PackageError) -> [UInt8] {
            let head = try Self.read(file, TarHeader.byteCount, at: offset, of: "the head of \(name)")
            guard let header = TarHeader.read(head, name: name), (1...limit).contains(header.size) else {
                throw PackageError(
                    .headerChanged,
                    subject: "the head of \(name)",
                    expected: "a package, as adyton package writes it, and in it \(name) of at most \(limit) bytes",
                    found: "something else"
                )
            }
            let content = try Self.read(file, header.size, at: offset + head.count, of: name)
            offset += head.count + header.size + TarHeader.padding(after: header.size)
            return content
        }
        let manifestBytes = try member(PackageLayout.manifestName, atMost: PackageLayout.largestManifest)
        signatureBytes = try member(PackageLayout.signatureName, atMost: PackageLayout.largestSignature)
        claim = try ClaimedPackage(manifest: manifestBytes, signature: signatureBytes, trusting: trust)
        let manifest = claim.manifest
        let layout = PackageLayout(
            manifestSize: manifestBytes.count,
            signatureSize: signatureBytes.count,
            partSizes: manifest.parts.map { ($0.name, $0.size) }
        )
        for frame in layout.frames {
            let found = try Self.read(file, frame.bytes.count, at: frame.offset, of: frame.name)
            guard found == frame.bytes else {
                let place = frame.offset + zip(found, frame.bytes).prefix { $0 == $1 }.count
                throw PackageError(
                    .headerChanged,
                    subject: frame.name,
                    expected: "the bytes that the manifest asks for",
                    found: "another byte \(place)"
                )
            }
        }
        guard size == layout.size else {
            throw PackageError(.trailingBytes, subject: path, expected: "\(layout.size) bytes", found: "\(size)")
        }
        self.file = file
        self.size = size
        self.manifestBytes = manifestBytes
        parts = zip(manifest.parts, layout.parts).map { part, place in
            Part(name: part.name, offset: place.offset, size: place.size, sha256: part.sha256)
        }
    }

    /// Finds a part by name.
    ///
    /// - Parameter name: The member's name in the archive.
    /// - Returns: The part.
    /// - Throws: `manifest.invalid` where the part is missing.
    package func part(_ name: String) throws(PackageError) -> Part {
        guard let part = parts.first(where: { $0.name == name }) else {
            throw PackageError(.manifestInvalid, subject: "parts", expected: "a part \(name)", found: "none")
        }
        return part
    }

    /// Compares every part with its digest, on all processors.
    ///
    /// - Parameter progress: Reports bytes; see ``ByteProgress/Report``.
    /// - Throws: `package.part-changed` with the first changed part in the file's order, `package.unreadable`.
    package func verifyParts(progress: ByteProgress.Report? = nil) throws(PackageError) {
        let total = parts.reduce(0) { $0 + $1.size }
        let counter = ByteProgress(total: total, report: progress)
        let failures = Mutex<[Int: PackageError]>([:])
        // The largest first, so that the others are read in parallel with it.
        let order = parts.indices.sorted { parts[$0].size > parts[$1].size }
        DispatchQueue.concurrentPerform(iterations: order.count) { iteration in
            let index = order[iteration]
            do throws(PackageError) {
                try forEachChunk(of: parts[index]) { (bytes: ArraySlice<UInt8>) throws(PackageError) in
                    counter.add(bytes.count)
                }
            } catch {
                failures.withLock { $0[index] = error }
            }
        }
        if let first = failures.withLock({ all in all.min { $0.key < $1.key }?.value }) { throw first }
    }

    /// Reads a whole part and compares it with its digest.
    ///
    /// - Parameters:
    ///   - name: The part's name.
    ///   - limit: The maximum size in bytes.
    /// - Returns: The verified content.
    /// - Throws: `package.part-changed`, `package.part-too-large`.
    package func read(_ name: String, atMost limit: Int) throws(PackageError) -> [UInt8] {
        let part = try part(name)
        guard part.size <= limit else {
            throw PackageError(.partTooLarge, subject: name, expected: "at most \(limit) bytes", found: "\(part.size)")
        }
        var content: [UInt8] = []
        content.reserveCapacity(part.size)
        try forEachChunk(of: part) { (bytes: ArraySlice<UInt8>) throws(PackageError) in content += bytes }
        return content
    }

    /// Copies a part to a sealed file in memory, and compares the copy with the digest.
    ///
    /// - Parameter name: The part's name.
    /// - Returns: A sealed file in memory.
    /// - Throws: `package.part-changed`, `package.unwritable`.
    package func copyToMemory(_ name: String) throws(PackageError) -> OpenFile<PackageError> {
        let part = try part(name)
        let memory = try OpenFile<PackageError>(inMemory: name, name: name)
        var offset = 0
        try forEachChunk(of: part) { (bytes: ArraySlice<UInt8>) throws(PackageError) in
            try memory.write(bytes, at: offset)
            offset += bytes.count
        }
        try memory.seal()
        return memory
    }

    /// Reads a part in chunks and compares the digest at the end; callers trust no chunk before this returns.
    func forEachChunk(
        of part: Part,
        _ use: (ArraySlice<UInt8>) throws(PackageError) -> Void
    ) throws(PackageError) {
        var hash = SHA256()
        var buffer = [UInt8](repeating: 0, count: min(Self.chunk, part.size))
        var done = 0
        while done < part.size {
            let wanted = min(buffer.count, part.size - done)
            let got = try file.read(into: &buffer, count: wanted, at: part.offset + done)
            guard got == wanted else { throw Self.truncated(part.name, at: part.offset + done + got) }
            hash.update(data: buffer[..<got])
            try use(buffer[..<got])
            done += got
        }
        let found = Hexadecimal.text(hash.finalize())
        guard found == part.sha256 else {
            throw PackageError(
                .partChanged,
                subject: part.name,
                expected: "SHA-256 \(part.sha256)",
                found: found
            )
        }
    }

    private static func read(
        _ file: OpenFile<PackageError>,
        _ count: Int,
        at offset: Int,
        of name: String
    ) throws(PackageError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let got = try file.read(into: &bytes, count: count, at: offset)
        guard got == count else { throw truncated(name, at: offset + got) }
        return bytes
    }

    private static func truncated(_ name: String, at place: Int) -> PackageError {
        PackageError(.truncated, subject: name, expected: "more bytes", found: "the end of the file at byte \(place)")
    }
}
