import Files
import Foundation
import RootFileSystem

/// A temporary directory for a builder's storage and results; it is removed when the last reference is released.
final class BuildFolder {
    /// The directory's path.
    let path: String

    /// Creates the directory below `TMPDIR`, or `/var/tmp`.
    ///
    /// - Throws: `file.unwritable`.
    init() throws {
        // `/var/tmp` as builders do: large files do not belong in memory, and `/tmp` is often a tmpfs.
        let place = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/var/tmp"
        var name = Array("\(place)/adyton-build-XXXXXX".utf8CString)
        // Safe: the name is an array of our own, ended by NUL, that outlives the call.
        guard unsafe mkdtemp(&name) != nil else { throw Descriptor.failure(.fileUnwritable, place) }
        path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        if (try? FileManager.default.removeItem(atPath: path)) == nil { removeAsMapped() }
    }

    /// The path of a file in the directory.
    func path(of name: String) -> String { "\(path)/\(name)" }

    /// Removes files of subordinate user IDs, which a rootless builder creates.
    private func removeAsMapped() {
        for program in ["buildah", "podman"] {
            guard let executable = BuilderKind.executable(program) else { continue }
            let process = Process()
            process.executableURL = URL(filePath: executable)
            process.arguments = ["unshare", "rm", "-rf", path]
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            guard (try? process.run()) != nil else { continue }
            process.waitUntilExit()
            if process.terminationStatus == 0 { return }
        }
    }
}
