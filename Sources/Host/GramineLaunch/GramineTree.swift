import Diagnostics
import Files
import Glibc
import RootFileSystem

/// The files of an app directory, as a manifest of Gramine's names them.
package struct GramineTree: Equatable, Sendable {
    /// A file that an enclave may read, and what it has to be.
    package struct File: Equatable, Sendable {
        /// The path in the directory, without a slash in front.
        package let path: String
        /// SHA-256 in hexadecimal.
        package let sha256: String
    }

    /// A symbolic link, and where it leads within the directory.
    package struct Link: Equatable, Sendable {
        /// The link's path in the directory.
        package let path: String
        /// The path of what it leads to, links followed as in the directory's own root.
        package let target: String
    }

    /// Every regular file, sorted by its path.
    package let files: [File]
    /// Every link that leads to something in the directory, sorted by its path.
    package let links: [Link]

    /// Reads a directory.
    ///
    /// - Parameter folder: The app directory.
    /// - Throws: `gramine.root-unsupported` for what is no directory, `gramine.path-unsupported` for a name that a manifest
    ///   cannot hold, and `file.*` and `tree.*` for what cannot be read.
    package init(reading folder: String) throws {
        guard try Descriptor(opening: folder).status().st_mode & S_IFMT == S_IFDIR else {
            throw GramineError(
                .rootUnsupported,
                subject: folder,
                expected: "a directory; adyton exext2 and adyton excpio extract an image and an archive",
                found: "a file"
            )
        }
        let entries = try TreeSnapshot(of: folder, options: TreeOptions()).entries
        var files: [File] = []
        var links: [Link] = []
        for (path, entry) in entries.sorted(by: { $0.key < $1.key }) {
            switch entry.metadata.kind {
            case .file: files.append(File(path: try Self.text(path), sha256: Hexadecimal.text(entry.content)))
            case .symbolicLink:
                let target = LinkResolution.resolve(path.bytes) { path in
                    entries[path].map { ($0.metadata.kind, $0.target) }
                }
                guard let target else { continue }
                links.append(Link(path: try Self.text(path), target: try Self.text(target)))
            default: continue
            }
        }
        self.files = files
        self.links = links
    }

    /// A path as text; the manifest refuses what Gramine's templates would render.
    private static func text(_ path: EntryPath) throws(GramineError) -> String {
        let text = String(validating: path.bytes, as: UTF8.self)
        let isPlain = path.bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
        guard let text, isPlain else {
            throw GramineError(
                .pathUnsupported,
                subject: "\(path)",
                expected: "a name in UTF-8 without control characters"
            )
        }
        return text
    }
}
