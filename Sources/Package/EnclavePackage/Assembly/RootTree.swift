import Diagnostics
import Foundation
import ModelPack
import PackageManifest
import RootFileSystem

/// Looks up the files of a root image that a package's configuration names.
struct RootTree {
    private static let largestAccounts = 1 << 20
    private static let largestCard = 1 << 20

    let contents: Ext2Contents
    private let entries: [EntryPath: ImageEntry]

    /// - Parameter contents: The image.
    /// - Throws: `package.input-invalid` for an invalid file system.
    init(_ contents: Ext2Contents) throws(PackageError) {
        self.contents = contents
        let list = try PackageError.translating(.inputInvalid) { () throws(RootFileSystemError) in
            try contents.entries()
        }
        entries = Dictionary(list.map { ($0.path, $0) }) { first, _ in first }
    }

    /// A small file's content; nil where the file is missing.
    func content(of path: String, atMost limit: Int) throws(PackageError) -> [UInt8]? {
        guard let entry = EntryPath(checking: Array(path.utf8)) else { return nil }
        return try PackageError.translating(.inputInvalid) { () throws(RootFileSystemError) in
            try contents.content(of: entry, atMost: limit)
        }
    }

    /// Resolves a path through symbolic links, as the kernel does; nil where an entry is missing.
    func entry(at path: String) -> ImageEntry? {
        LinkResolution.resolve(path.utf8) { path in entries[path].map { ($0.metadata.kind, $0.target) } }
            .flatMap { entries[$0] }
    }

    /// A path from the root without empty names and dots; names that lead upwards stay.
    static func plain(_ path: String) -> String {
        "/" + path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    }

    func isFolder(_ path: String) -> Bool { entry(at: path)?.metadata.kind == .directory }

    func isProgram(_ path: String) -> Bool {
        guard let metadata = entry(at: path)?.metadata else { return false }
        return metadata.kind == .file && metadata.permissions & 0o111 != 0
    }

    /// What of the folders is not there or is something else, in their order.
    func missing(
        _ folders: [(path: String, purpose: String)]
    ) -> [(path: String, purpose: String, found: String)] {
        folders.filter { !isFolder($0.path) }.map { path, purpose in
            (path, purpose, entry(at: path).map { "a \($0.metadata.kind)" } ?? "nothing")
        }
    }

    /// The home of a user, as the root's own `/etc/passwd` says; nil where it names none.
    func home(of user: UInt32) throws(PackageError) -> String? {
        let bytes = try content(of: "etc/passwd", atMost: Self.largestAccounts) ?? []
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            if fields.count >= 6, UInt32(fields[2]) == user, fields[5].hasPrefix("/") { return String(fields[5]) }
        }
        return nil
    }

    /// A user by its name or number, as the root's own `/etc/passwd` and `/etc/group` say.
    func user(_ text: String) throws(PackageError) -> PackageConfiguration.UserNumber {
        if let number = PackageConfiguration.UserNumber(text) { return number }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let user = try account(parts[0], in: "etc/passwd")
        guard var number = user.flatMap({ PackageConfiguration.UserNumber($0) }) else {
            throw PackageError(
                .rootIncomplete,
                subject: "User \(text) of \(ImageDefaults.path)",
                expected: "a user of the root's /etc/passwd, or numbers in the configuration's User",
                found: "none"
            )
        }
        if parts.count == 2 {
            let group = try account(parts[1], in: "etc/group") ?? parts[1]
            guard let group = group.split(separator: ":").first.flatMap({ UInt32($0) }) else {
                throw PackageError(
                    .rootIncomplete,
                    subject: "User \(text) of \(ImageDefaults.path)",
                    expected: "a group of the root's /etc/group, or numbers in the configuration's User",
                    found: "none"
                )
            }
            number.group = group
        }
        return number
    }

    /// The IDs of a line `name:x:number:group:…`, as `number:group`; for a group's line the number only.
    private func account(_ name: String, in path: String) throws(PackageError) -> String? {
        let bytes = try content(of: path, atMost: Self.largestAccounts) ?? []
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count >= 4, fields[0] == name else { continue }
            return path == "etc/group" ? String(fields[2]) : "\(fields[2]):\(fields[3])"
        }
        return nil
    }

    /// A model pack of the root, each file verified against the pack's card.
    func modelPack(_ path: String) throws(PackageError) -> Manifest.ModelPackEntry {
        func invalid(_ expected: String, _ found: String, _ cause: (any Error)? = nil) -> PackageError {
            PackageError(.inputInvalid, subject: "model pack \(path)", expected: expected, found: found, cause: cause)
        }
        let folder = String(path.dropFirst())
        guard let card = try content(of: "\(folder)/\(ModelCard.fileName)", atMost: Self.largestCard),
            let entry = EntryPath(checking: Array(folder.utf8))
        else { throw invalid("a model pack in the root file system", "no \(ModelCard.fileName)") }
        let model: ModelCard
        do throws(ModelPackError) {
            model = try ModelCard(json: Data(card))
        } catch {
            throw invalid("a card that is whole", error.detail, error)
        }
        let found = try PackageError.translating(.inputInvalid) { () throws(RootFileSystemError) in
            try contents.digests(below: entry)
        }
        var files: [PackFile] = []
        for (file, sha256) in found {
            let name = String(decoding: file.path.bytes.dropFirst(folder.utf8.count + 1), as: UTF8.self)
            guard let digest = ContentDigest(hexadecimal: Hexadecimal.text(sha256)) else { continue }
            let packFile = PackFile(path: name, byteCount: file.metadata.size, digest: digest)
            files.append(packFile)
            guard name != ModelCard.fileName else { continue }
            guard let listed = model.files[name], listed.digest == digest, listed.byteCount == packFile.byteCount else {
                throw invalid("files that the card lists, as it lists them", name)
            }
        }
        guard files.count == model.files.count + 1 else {
            throw invalid("\(model.files.count + 1) files", "\(files.count)")
        }
        return Manifest.ModelPackEntry(
            path: path,
            digest: "\(files.packDigest)",
            name: model.name,
            version: model.version
        )
    }
}
