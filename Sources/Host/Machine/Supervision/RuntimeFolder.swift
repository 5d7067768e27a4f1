import CLinux
import Files
import Foundation
import StrictJSON

/// The folder of a user's machines, where other commands find them: one folder per machine, whose lock is held as long
/// as its supervisor runs.
package struct RuntimeFolder: Sendable {
    /// The maximum length of a name.
    package static let maximumNameLength = 64

    /// The path of the machines' folders.
    package let path: String

    /// The folder of this user: below `XDG_RUNTIME_DIR`, else `/run/user/UID`, else `/tmp/adyton-UID`.
    ///
    /// - Parameter environment: The variables.
    /// - Throws: `machine.folder-unsafe` where another user owns the folder or may write to it.
    package init(environment: [String: String] = ProcessInfo.processInfo.environment) throws(MachineError) {
        let user = geteuid()
        let candidates = [environment["XDG_RUNTIME_DIR"], "/run/user/\(user)"].compactMap(\.self)
        let parent = candidates.first { $0.hasPrefix("/") && Self.isOurs($0) }
        path = parent.map { $0 + "/adyton" } ?? "/tmp/adyton-\(user)"
        // Safe, here and below: the paths are strings of our own that outlive the calls.
        guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else { throw MachineError.system(path) }
        guard Self.isOurs(path) else {
            throw MachineError(.folderUnsafe, subject: path, expected: "a folder that only this user may use")
        }
    }

    private static func isOurs(_ path: String) -> Bool {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return false }
        return status.st_mode & S_IFMT == S_IFDIR && status.st_uid == geteuid()
            && status.st_mode & 0o077 == 0
    }

    /// Whether a machine's name is valid.
    ///
    /// - Parameter name: The name.
    /// - Returns: True for 1 to 64 of `a–z A–Z 0–9 . _ -`, not beginning with a dot or a dash.
    package static func isName(_ name: String) -> Bool {
        let isPlain = name.utf8.allSatisfy {
            (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || [45, 46, 95].contains($0)
        }
        return isPlain && (1...maximumNameLength).contains(name.utf8.count) && !name.hasPrefix(".")
            && !name.hasPrefix("-")
    }

    /// The machines by name; folders of dead supervisors are removed.
    ///
    /// - Returns: Running machines, and detached machines that ended by themselves.
    package func machines() -> [MachineFolder] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.sorted().compactMap { name in
            let folder = MachineFolder(path: "\(path)/\(name)", name: name)
            if name.hasPrefix(".") {
                // The supervisor was killed; a live one holds the lock.
                if folder.supervisor == nil, folder.age > 60 { folder.remove() }
                return nil
            }
            guard Self.isName(name) else { return nil }
            if folder.supervisor == nil, folder.record?.ending == nil {
                folder.remove()
                return nil
            }
            return folder
        }
    }

    /// Finds a machine by name.
    ///
    /// - Parameter name: The machine's name.
    /// - Returns: Its folder.
    /// - Throws: `machine.name-unknown`.
    package func machine(named name: String) throws(MachineError) -> MachineFolder {
        guard let machine = machines().first(where: { $0.name == name }) else {
            throw MachineError(.nameUnknown, subject: name, expected: "a name that `adyton ps` shows")
        }
        return machine
    }

    /// Creates a machine's folder, locked by this process, under a temporary name and renames it.
    ///
    /// - Parameter name: The machine's name.
    /// - Returns: The folder, and the lock to hold while the machine runs.
    /// - Throws: `machine.name-invalid`, `machine.name-taken`, `machine.system-refused`.
    func create(_ name: String) throws(MachineError) -> (MachineFolder, MachineFile) {
        guard Self.isName(name) else {
            throw MachineError(.nameInvalid, subject: name, expected: "1 to 64 letters, digits, dots, lines and dashes")
        }
        // The folder of an ended machine is replaced, with its log.
        if let old = machines().first(where: { $0.name == name }), old.supervisor == nil { old.remove() }
        let temporary = "\(path)/.new-\(getpid())"
        guard unsafe mkdir(temporary, 0o700) == 0 else { throw MachineError.system(temporary) }
        let number = unsafe open("\(temporary)/lock", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard number >= 0 else { throw MachineError.system(temporary) }
        let lock = MachineFile(taking: number)
        guard linux_lock(number) == 0 else { throw MachineError.system(temporary) }
        // rename(2) replaces no folder that is not empty, and each machine's folder contains its lock.
        guard unsafe rename(temporary, "\(path)/\(name)") == 0 else {
            let isTaken = errno == ENOTEMPTY || errno == EEXIST
            let failure = MachineError.system(name)
            MachineFolder(path: temporary, name: name).remove()
            throw isTaken ? MachineError(.nameTaken, subject: name, expected: "a name of its own") : failure
        }
        return (MachineFolder(path: "\(path)/\(name)", name: name), lock)
    }
}

/// One machine's folder: `lock`, `machine.json`, `events`, and `console` for a machine with a console.
package struct MachineFolder: Sendable {
    /// The folder's path.
    package let path: String
    /// The machine's name.
    package let name: String

    /// The path of the events, one JSON document per line.
    package var events: String { path + "/events" }
    /// The path of the console's log; `console.1` is the previous log.
    package var console: String { path + "/console" }
    private var recordPath: String { path + "/machine.json" }

    /// The supervisor's process ID; nil where it has ended.
    package var supervisor: Int32? {
        // Safe: the path is a string of our own that outlives the call.
        let number = unsafe open(path + "/lock", O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard number >= 0 else { return nil }
        let lock = MachineFile(taking: number)
        let holder = linux_lock_holder(lock.number)
        return holder > 0 ? holder : nil
    }

    /// The machine's record; nil before the first one is written.
    package var record: MachineRecord? {
        guard let data = FileManager.default.contents(atPath: recordPath) else { return nil }
        return try? JSONText.decode(from: Array(data))
    }

    /// Writes the machine's record atomically; failures, such as a full disk, are ignored.
    func write(_ record: MachineRecord) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(record) else { return }
        try? data.write(to: URL(filePath: recordPath), options: .atomic)
    }

    /// The seconds since the folder was changed.
    var age: Double {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return (attributes?[.modificationDate] as? Date).map { -$0.timeIntervalSinceNow } ?? 0
    }

    /// Removes the folder and all in it.
    package func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }
}
