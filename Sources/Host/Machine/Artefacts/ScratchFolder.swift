import Foundation

/// A temporary folder for an image that is packed before a launch; removed when the last reference is released.
///
/// Its name contains the process ID, so that a later command removes the folders of processes killed by SIGKILL.
package final class ScratchFolder: Sendable {
    private static let prefix = "adyton-scratch-"

    /// The folder's path.
    package let path: String

    /// Creates a folder below `TMPDIR`, and removes the folders of processes that have ended.
    ///
    /// - Throws: `machine.system-refused`.
    package init() throws(MachineError) {
        let parent = FileManager.default.temporaryDirectory.path
        for name in (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? [] {
            guard name.hasPrefix(Self.prefix),
                let owner = Int32(name.dropFirst(Self.prefix.count).prefix { $0 != "-" }),
                kill(owner, 0) != 0, errno == ESRCH
            else { continue }
            // Removing another user's folder fails, and it stays.
            try? FileManager.default.removeItem(atPath: "\(parent)/\(name)")
        }
        path = "\(parent)/\(Self.prefix)\(getpid())-\(UInt32.random(in: .min ... .max))"
        // Safe: the path is a string of our own that outlives the call.
        guard unsafe mkdir(path, 0o700) == 0 else { throw MachineError.system(path) }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}
