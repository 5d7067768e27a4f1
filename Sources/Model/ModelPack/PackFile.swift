import Crypto
import Files
import Foundation

/// One file of a model pack as it was read: its path, size and digest.
package struct PackFile: Sendable, Equatable {
    /// The path below the pack's folder, with "/" between the names.
    package let path: String
    /// The size in bytes.
    package let byteCount: Int
    /// SHA-256 of the content.
    package let digest: ContentDigest

    /// How much of a file is hashed at a time, in bytes; weights do not fit into memory twice.
    private static let chunkSize = 1 << 20

    package init(path: String, byteCount: Int, digest: ContentDigest) {
        self.path = path
        self.byteCount = byteCount
        self.digest = digest
    }

    /// Describes a file that is in memory already.
    ///
    /// - Parameters:
    ///   - path: The path below the pack's folder.
    ///   - content: All its bytes.
    init(path: String, content: Data) {
        self.init(path: path, byteCount: content.count, digest: ContentDigest(SHA256.hash(data: content)))
    }

    /// Reads a file once, from start to end.
    ///
    /// - Parameters:
    ///   - path: The path below `folder`.
    ///   - folder: The pack's folder.
    ///   - limit: The expected size in bytes; at most one more chunk is read, so an oversized file costs nothing.
    /// - Throws: `pack.unreadable` where the file cannot be opened or read.
    init(reading path: String, in folder: URL, atMost limit: Int) throws(ModelPackError) {
        var hasher = SHA256()
        var byteCount = 0
        let file = try OpenFile<ModelPackError>(opening: folder.appending(path: path).path, name: path)
        while byteCount <= limit, case let chunk = try file.read(upToCount: Self.chunkSize), !chunk.isEmpty {
            hasher.update(data: chunk)
            byteCount += chunk.count
        }
        self.init(path: path, byteCount: byteCount, digest: ContentDigest(hasher.finalize()))
    }

    /// Lists the regular files below a folder, sorted by the bytes of their paths.
    ///
    /// A pack has regular files and folders only: the target of a link could be changed after the check.
    ///
    /// - Parameter folder: The pack's folder.
    /// - Returns: Paths below `folder`, with "/" between the names.
    /// - Throws: `pack.unreadable` where the folder cannot be listed, `pack.path-unsafe` for anything but a file or a
    ///   folder.
    static func paths(in folder: URL) throws(ModelPackError) -> [String] {
        let manager = FileManager.default
        let type = (try? manager.attributesOfItem(atPath: folder.resolvingSymlinksInPath().path))?[.type]
        guard type as? FileAttributeType == .typeDirectory else {
            throw ModelPackError(.unreadable, subject: folder.path, expected: "a model pack's folder", found: "none")
        }
        var paths: [String] = []
        var folders = [""]
        // Not a directory enumerator, which would link all of Foundation into a static server.
        while let parent = folders.popLast() {
            let place = parent.isEmpty ? folder.path : folder.appending(path: parent).path
            guard let names = try? manager.contentsOfDirectory(atPath: place) else {
                throw ModelPackError(.unreadable, subject: place, expected: "a folder that can be listed")
            }
            for name in names {
                let path = parent.isEmpty ? name : "\(parent)/\(name)"
                let attributes = try? manager.attributesOfItem(atPath: folder.appending(path: path).path)
                switch attributes?[.type] as? FileAttributeType {
                case .typeRegular: paths.append(path)
                case .typeDirectory: folders.append(path)
                case let other:
                    throw ModelPackError(
                        .pathUnsafe,
                        subject: path,
                        expected: "a regular file",
                        found: other?.rawValue ?? "an entry that cannot be read"
                    )
                }
            }
        }
        return paths.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}

extension [PackFile] {
    /// The digest of a whole pack.
    ///
    /// SHA-256 over the label "adyton.model-pack/1" and a line feed, then for each file in the order of its path's
    /// bytes: the path's length (u64, little-endian), the path, the size (u64, little-endian) and the content's SHA-256
    /// (`Docs/formats/model-pack.md`, "Digest"). Variable parts have length prefixes, so no two packs have the same
    /// input.
    package var packDigest: ContentDigest {
        var hasher = SHA256()
        hasher.update(data: Data("adyton.model-pack/1\n".utf8))
        for file in sorted(by: { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }) {
            hasher.update(data: Self.littleEndian(file.path.utf8.count))
            hasher.update(data: Data(file.path.utf8))
            hasher.update(data: Self.littleEndian(file.byteCount))
            hasher.update(data: Data(file.digest.bytes))
        }
        return ContentDigest(hasher.finalize())
    }

    private static func littleEndian(_ value: Int) -> Data {
        Data((0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) })
    }
}
