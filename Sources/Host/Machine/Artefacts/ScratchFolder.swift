import Foundation

/// A folder for what is packed before a launch; it is removed with the value's last use.
///
/// Its name says whose it is, so that the next command removes what one that was ended with SIGKILL left.
package final class ScratchFolder: Sendable {
    private static let prefix = "adyton-scratch-"

    /// Where the folder lies.
    package let path: String

    /// Makes a folder below `TMPDIR`, and removes those of processes that are gone.
    ///
    /// - Throws: `machine.system-refused`.
    package init() throws(MachineError) {
        let parent = FileManager.default.temporaryDirectory.path
        for name in (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? [] {
            guard name.hasPrefix(Self.prefix),
                let owner = Int32(name.dropFirst(Self.prefix.count).prefix { $0 != "-" }),
                kill(owner, 0) != 0, errno == ESRCH
            else { continue }
            // Another user's folder stays where it is: removing it fails.
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
