import PackageManifest

/// The layout of a package's file: the offset of every content, and every byte between the contents.
///
/// Sizes and names determine it completely, so a reader compares the file with the bytes that a writer must write.
struct PackageLayout {
    /// The range of a content.
    struct Place: Equatable, Sendable {
        let offset: Int
        let size: Int
    }

    /// Bytes between contents.
    struct Frame: Equatable {
        /// The member that they belong to, for messages.
        let name: String
        let offset: Int
        let bytes: [UInt8]
    }

    static let manifestName = Manifest.documentName
    static let signatureName = PackageSignature.documentName
    /// The alignment of each part's content, in bytes: a page, for QEMU and the page cache.
    static let alignment = 4096
    /// The maximum size of a manifest, in bytes.
    static let largestManifest = 1 << 20
    /// The maximum size of a signature file, in bytes.
    static let largestSignature = 1 << 16

    /// The manifest's content.
    let manifest: Place
    /// The signature's content.
    let signature: Place
    /// The parts' contents, in the order of the manifest.
    let parts: [Place]
    /// The bytes between the contents, in order.
    let frames: [Frame]
    /// The file's size.
    let size: Int

    /// - Parameters:
    ///   - manifestSize: The manifest's size.
    ///   - signatureSize: The signature's size.
    ///   - partSizes: Names and sizes in their order; together below 2^62 bytes.
    init(manifestSize: Int, signatureSize: Int, partSizes: [(name: String, size: Int)]) {
        var frames: [Frame] = []
        var offset = 0
        func place(_ name: String, _ size: Int, head: [UInt8]) -> Place {
            frames.append(Frame(name: "the head of \(name)", offset: offset, bytes: head))
            offset += head.count
            let place = Place(offset: offset, size: size)
            offset += size
            let padding = TarHeader.padding(after: size)
            if padding > 0 {
                let zeros = [UInt8](repeating: 0, count: padding)
                frames.append(Frame(name: "the padding behind \(name)", offset: offset, bytes: zeros))
            }
            offset += padding
            return place
        }
        func plain(_ name: String, _ size: Int) -> Place {
            place(name, size, head: TarHeader(name: name, size: size).bytes)
        }
        manifest = plain(Self.manifestName, manifestSize)
        signature = plain(Self.signatureName, signatureSize)
        parts = partSizes.map { name, size in
            place(name, size, head: TarHeader.aligned(name: name, size: size, at: offset, to: Self.alignment))
        }
        let end = [UInt8](repeating: 0, count: TarHeader.endByteCount)
        frames.append(Frame(name: "the end of the archive", offset: offset, bytes: end))
        self.frames = frames
        size = offset + end.count
    }
}
