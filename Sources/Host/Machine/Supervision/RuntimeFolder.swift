import CLinux
import Files
import Foundation
import StrictJSON

/// Where a user's machines keep what other commands have to find: a folder each, whose lock lives as long as the
/// machine's supervisor.
package struct RuntimeFolder: Sendable {
    /// The longest name; a person types it.
    package static let maximumNameLength = 64

    /// Where the machines' folders lie.
    package let path: String

    /// The folder of this user: below `XDG_RUNTIME_DIR`, else `/run/user/UID`, else `/tmp/adyton-UID`.
    ///
    /// - Parameter environment: Where `XDG_RUNTIME_DIR` is looked up.
    /// - Throws: `machine.folder-unsafe` where somebody else owns the folder or may write to it.
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

    /// Whether a machine may be called so.
    ///
    /// - Parameter name: What a person typed.
    /// - Returns: True for 1 to 64 of `a–z A–Z 0–9 . _ -`, not beginning with a dot or a dash.
    package static func isName(_ name: String) -> Bool {
        let isPlain = name.utf8.allSatisfy {
            (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || [45, 46, 95].contains($0)
        }
        return isPlain && (1...maximumNameLength).contains(name.utf8.count) && !name.hasPrefix(".")
            && !name.hasPrefix("-")
    }

    /// The machines that have a folder, by name; what dead supervisors left is removed on the way.
    ///
    /// - Returns: Those that run, and those that ended by themselves after their command had gone.
    package func machines() -> [MachineFolder] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.sorted().compactMap { name in
            let folder = MachineFolder(path: "\(path)/\(name)", name: name)
            if name.hasPrefix(".") {
                // A supervisor that was ended between two calls; one that is alive holds its lock.
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

    /// The machine of a name.
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

    /// Makes a machine's folder, locked for this process, and puts it in its place as a whole.
    ///
    /// - Parameter name: The machine's name.
    /// - Returns: The folder, and the lock that has to be held as long as the machine lives.
    /// - Throws: `machine.name-invalid`, `machine.name-taken`, `machine.system-refused`.
    func create(_ name: String) throws(MachineError) -> (MachineFolder, MachineFile) {
        guard Self.isName(name) else {
            throw MachineError(.nameInvalid, subject: name, expected: "1 to 64 letters, digits, dots, lines and dashes")
        }
        // One that ended is replaced; its log has served.
        if let old = machines().first(where: { $0.name == name }), old.supervisor == nil { old.remove() }
        let temporary = "\(path)/.new-\(getpid())"
        guard unsafe mkdir(temporary, 0o700) == 0 else { throw MachineError.system(temporary) }
        let number = unsafe open("\(temporary)/lock", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard number >= 0 else { throw MachineError.system(temporary) }
        let lock = MachineFile(taking: number)
        guard linux_lock(number) == 0 else { throw MachineError.system(temporary) }
        // A folder that is not empty is not replaced (rename(2)), and each machine's folder holds its lock.
        guard unsafe rename(temporary, "\(path)/\(name)") == 0 else {
            let isTaken = errno == ENOTEMPTY || errno == EEXIST
            let failure = MachineError.system(name)
            MachineFolder(path: temporary, name: name).remove()
            throw isTaken ? MachineError(.nameTaken, subject: name, expected: "a name of its own") : failure
        }
        return (MachineFolder(path: "\(path)/\(name)", name: name), lock)
    }
}

/// One machine's folder: `lock`, `machine.json`, `events`, and `console` where the machine is open to its host.
package struct MachineFolder: Sendable {
    /// Where the folder lies.
    package let path: String
    /// The machine's name.
    package let name: String

    /// Where the events lie, a line of JSON each.
    package var events: String { path + "/events" }
    /// Where the console's text lies; `console.1` holds what came before it.
    package var console: String { path + "/console" }
    private var recordPath: String { path + "/machine.json" }

    /// The number of the process that looks after the machine; nil where there is none any more.
    package var supervisor: Int32? {
        // Safe: the path is a string of our own that outlives the call.
        let number = unsafe open(path + "/lock", O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard number >= 0 else { return nil }
        let lock = MachineFile(taking: number)
        let holder = linux_lock_holder(lock.number)
        return holder > 0 ? holder : nil
    }

    /// What is known of the machine; nil before its first word.
    package var record: MachineRecord? {
        guard let data = FileManager.default.contents(atPath: recordPath) else { return nil }
        return try? JSONText.decode(from: Array(data))
    }

    /// Writes what is known of the machine, whole or not at all; a full disk costs the list a line and no more.
    func write(_ record: MachineRecord) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(record) else { return }
        try? data.write(to: URL(filePath: recordPath), options: .atomic)
    }

    /// How long ago the folder was changed, in seconds.
    var age: Double {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return (attributes?[.modificationDate] as? Date).map { -$0.timeIntervalSinceNow } ?? 0
    }

    /// Removes the folder and all in it.
    package func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }
}
