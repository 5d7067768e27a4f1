import Crypto
import Diagnostics
import Foundation

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

    private static let pieceSize = 1 << 20

    /// Reads a directory.
    ///
    /// - Parameter folder: The app directory.
    /// - Throws: `gramine.root-unsupported` for what is no directory, `gramine.path-unsupported` for a name that a manifest
    ///   cannot hold, and the system's error for a file that cannot be read.
    package init(reading folder: String) throws {
        var isFolder: ObjCBool = false
        // Safe: the value is ours and outlives the call.
        guard unsafe FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
            throw GramineError(
                .rootUnsupported,
                subject: folder,
                expected: "a directory; adyton exext2 and adyton excpio extract an image and an archive",
                found: FileManager.default.fileExists(atPath: folder) ? "a file" : "nothing"
            )
        }
        var files: [File] = []
        var links: [Link] = []
        for path in try FileManager.default.subpathsOfDirectory(atPath: folder).sorted() {
            let place = "\(folder)/\(path)"
            switch try FileManager.default.attributesOfItem(atPath: place)[.type] as? FileAttributeType {
            case .typeRegular:
                try Self.check(path)
                files.append(File(path: path, sha256: try Self.digest(of: place)))
            case .typeSymbolicLink:
                guard let target = Self.resolved(path, in: folder) else { continue }
                try Self.check(path)
                links.append(Link(path: path, target: target))
            default: continue
            }
        }
        self.files = files
        self.links = links
    }

    /// Refuses names that would mean something to TOML or to the templates that Gramine renders.
    private static func check(_ path: String) throws(GramineError) {
        let hasTemplate = ["{{", "{%", "{#"].contains { path.contains($0) }
        guard !hasTemplate, path.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
            throw GramineError(
                .pathUnsupported,
                subject: path.debugDescription,
                expected: "a name without control characters, '{{', '{%' and '{#'"
            )
        }
    }

    private static func digest(of path: String) throws -> String {
        let handle = try FileHandle(forReadingFrom: URL(filePath: path))
        var hash = SHA256()
        while let piece = try handle.read(upToCount: pieceSize), !piece.isEmpty { hash.update(data: piece) }
        return Hexadecimal.text(Array(hash.finalize()))
    }

    /// Where a path leads, links followed below the directory; nil where that is nothing.
    private static func resolved(_ path: String, in folder: String) -> String? {
        var rest = path.split(separator: "/").map(String.init)[...]
        var place: [String] = []
        var count = 0
        while let name = rest.popFirst() {
            if name == "." { continue }
            if name == ".." {
                _ = place.popLast()
                continue
            }
            let next = (place + [name]).joined(separator: "/")
            guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(next)") else {
                place.append(name)
                continue
            }
            count += 1
            guard count <= 40 else { return nil }
            if target.hasPrefix("/") { place = [] }
            rest = (target.split(separator: "/").map(String.init) + rest)[...]
        }
        let target = place.joined(separator: "/")
        return FileManager.default.fileExists(atPath: "\(folder)/\(target)") ? target : nil
    }
}
