import Foundation
import ModelPack
package import PackageManifest

/// What a new project begins with, as a person names it: its kind is found out by looking at it.
package enum ProjectSource: Equatable, Sendable {
    /// A Dockerfile; the folder that holds it is its context.
    case dockerfile(String)
    /// A container image as an archive or an OCI layout.
    case image(String)
    /// An executable program of this computer.
    case program(String)
    /// A model pack.
    case modelPack(String)

    /// How many bytes of a file are looked at.
    private static let beginning = 4096

    /// Finds out what a path leads to.
    ///
    /// - Parameter path: A file or a folder.
    /// - Throws: `package.input-missing`, `package.input-invalid` for what is none of the four.
    package init(_ path: String) throws(PackageError) {
        var isFolder: ObjCBool = false
        // Safe: the value is ours and outlives the call.
        guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw PackageError(
                .inputMissing,
                subject: path,
                expected: "a Dockerfile, an image's archive, a program or a model pack"
            )
        }
        let source = isFolder.boolValue ? Self.folder(path) : Self.file(path)
        guard let source else {
            throw PackageError(
                .inputInvalid,
                subject: path,
                expected:
                    "a Dockerfile, an image's archive or OCI layout, a program for Linux, or a model pack's folder",
                found: isFolder.boolValue ? "another folder" : "another file"
            )
        }
        self = source
    }

    private static func folder(_ path: String) -> ProjectSource? {
        func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(path)/\(name)") }
        if has(ModelCard.fileName) { return .modelPack(path) }
        if has("oci-layout") { return .image(path) }
        for name in ["Dockerfile", "Containerfile"] where has(name) { return .dockerfile("\(path)/\(name)") }
        return nil
    }

    private static func file(_ path: String) -> ProjectSource? {
        guard let handle = FileHandle(forReadingAtPath: path), let bytes = try? handle.read(upToCount: Self.beginning)
        else {
            return nil
        }
        if bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46]) { return .program(path) }
        // The magic number of a tar archive is at byte 257 (POSIX.1, ustar); gzip and zstd have theirs in front.
        let isTar = bytes.count > 262 && bytes[257..<262].elementsEqual("ustar".utf8)
        if isTar || bytes.starts(with: [0x1f, 0x8b]) || bytes.starts(with: [0x28, 0xb5, 0x2f, 0xfd]) {
            return .image(path)
        }
        let words = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
            .map { $0.trimmingCharacters(in: .whitespaces) }.first { !$0.isEmpty && !$0.hasPrefix("#") }?
            .uppercased()
        return words.map { $0.hasPrefix("FROM ") || $0.hasPrefix("ARG ") } == true ? .dockerfile(path) : nil
    }
}
