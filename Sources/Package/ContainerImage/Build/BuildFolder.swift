import Files
import Foundation
import RootFileSystem
import Subprocess
import SystemPackage

/// A temporary directory for a builder's storage and results.
///
/// Without a call of ``remove()``, it is removed when the last reference is released, as far as this user may.
final class BuildFolder: Sendable {
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
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The path of a file in the directory.
    func path(of name: String) -> String { "\(path)/\(name)" }

    /// Removes the directory, with files of subordinate user IDs, which a rootless builder creates.
    func remove() async {
        if (try? FileManager.default.removeItem(atPath: path)) != nil { return }
        for program in ["buildah", "podman"] {
            guard let executable = BuilderKind.executable(program) else { continue }
            let result = try? await Subprocess.run(
                .path(FilePath(executable)),
                arguments: ["unshare", "rm", "-rf", path],
                output: .discarded
            )
            if result?.terminationStatus.isSuccess == true { return }
        }
    }
}
