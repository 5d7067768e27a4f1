package import Foundation

extension DeveloperAuthority {
    private static let certificateName = "certificate.pem"
    private static let keyName = "key.pem"
    private static let largestFile = 65_536

    /// The directory of this user's authority: `adyton/developer-authority` below `XDG_STATE_HOME`, or
    /// `~/.local/state`.
    ///
    /// - Parameter environment: The environment variables.
    /// - Returns: A path; it may not exist yet.
    package static func folder(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> String {
        let home = environment["HOME"] ?? FileManager.default.homeDirectoryForCurrentUser.path
        let state = environment["XDG_STATE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? home + "/.local/state"
        return state + "/adyton/developer-authority"
    }

    /// Reads the authority from a directory, and creates one where the directory does not exist.
    ///
    /// - Parameters:
    ///   - folder: The directory; only its owner may access it.
    ///   - now: The start of a new authority's validity.
    /// - Throws: `developer.authority-unsafe` for a directory or key that others can access,
    ///   `developer.authority-unusable` for invalid files, and where none can be created.
    package init(in folder: String, now: Date = Date()) throws(DeveloperTrustError) {
        if !FileManager.default.fileExists(atPath: folder) { try Self.make(in: folder, now: now) }
        do {
            try Self.checkOwner(of: folder)
            try Self.checkOwner(of: "\(folder)/\(Self.keyName)")
            try self.init(
                pem: Self.text("\(folder)/\(Self.certificateName)"),
                key: Self.text("\(folder)/\(Self.keyName)")
            )
        } catch let error as DeveloperTrustError {
            throw error
        } catch {
            throw DeveloperTrustError(
                .authorityUnusable,
                subject: folder,
                expected: "the developer's authority (remove the folder to have another made)",
                found: "\(error)"
            )
        }
    }

    /// Creates the directory atomically by rename; where another process was faster, its authority is used.
    private static func make(in folder: String, now: Date) throws(DeveloperTrustError) {
        let parent = URL(filePath: folder).deletingLastPathComponent()
        let mark = "\(ProcessInfo.processInfo.processIdentifier)-\(UInt32.random(in: .min ... .max))"
        let temporary = parent.appending(path: ".new-authority-\(mark)")
        do {
            let authority = try DeveloperAuthority(now: now)
            let files = FileManager.default
            try files.createDirectory(at: parent, withIntermediateDirectories: true)
            try files.createDirectory(
                at: temporary,
                withIntermediateDirectories: false,
                attributes: [.posixPermissions: 0o700]
            )
            defer { try? files.removeItem(at: temporary) }
            try write(authority.keyPem, to: temporary.appending(path: keyName), mode: 0o600)
            try write(authority.pem, to: temporary.appending(path: certificateName), mode: 0o644)
            do {
                try files.moveItem(at: temporary, to: URL(filePath: folder))
            } catch {
                guard files.fileExists(atPath: folder) else { throw error }
            }
        } catch {
            throw DeveloperTrustError(.authorityUnusable, subject: folder, found: "\(error)")
        }
    }

    private static func write(_ text: String, to file: URL, mode: Int) throws {
        let isMade = FileManager.default.createFile(
            atPath: file.path,
            contents: nil,
            attributes: [.posixPermissions: mode]
        )
        guard isMade else { throw CocoaError(.fileWriteUnknown) }
        let handle = try FileHandle(forWritingTo: file)
        try handle.write(contentsOf: Data(text.utf8))
        try handle.synchronize()
        try handle.close()
    }

    private static func text(_ path: String) throws -> String {
        let handle = try FileHandle(forReadingFrom: URL(filePath: path))
        return String(decoding: try handle.read(upToCount: largestFile) ?? Data(), as: UTF8.self)
    }

    private static func checkOwner(of path: String) throws {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        let owner = (attributes[.ownerAccountID] as? NSNumber)?.uint32Value
        let mode = (attributes[.posixPermissions] as? NSNumber)?.intValue
        guard owner == geteuid(), let mode, mode & 0o077 == 0 else {
            throw DeveloperTrustError(
                .authorityUnsafe,
                subject: path,
                expected: "a place that only this user may read",
                found: "mode \(String(mode ?? 0, radix: 8))"
            )
        }
    }
}
