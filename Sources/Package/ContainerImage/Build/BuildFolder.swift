import Foundation
import RootFileSystem

/// A folder of a builder's own, for storage and results, which goes away with the value's last use.
final class BuildFolder {
    /// Where the folder lies.
    let path: String

    /// - Throws: `file.unwritable`.
    init() throws {
        // As builders do: what may be large does not belong into memory, where /tmp often lies.
        let place = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/var/tmp"
        var name = Array("\(place)/adyton-build-XXXXXX".utf8CString)
        // Safe: the name is an array of our own, ended by NUL, that outlives the call.
        guard unsafe mkdtemp(&name) != nil else { throw Descriptor.failure(.fileUnwritable, place) }
        path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        if (try? FileManager.default.removeItem(atPath: path)) == nil { removeAsMapped() }
    }

    /// A path in the folder.
    func path(of name: String) -> String { "\(path)/\(name)" }

    /// Removes what belongs to the subordinate users that an ordinary user's builder writes as.
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
