import Files
import Glibc

/// The files of an app directory as they are made.
enum BundleFiles {
    /// What a folder permits.
    static let folderMode: mode_t = 0o755
    private static let chunk = 1 << 20

    /// Makes a folder and those above it; their permissions do not depend on the umask, because they are measured.
    static func makeFolders(_ path: String) throws(BundleError) {
        var done = path.hasPrefix("/") ? "" : "."
        for name in path.split(separator: "/") {
            done += "/\(name)"
            // Safe, here and below: paths are strings of our own.
            let isNew = unsafe mkdir(done, folderMode) == 0
            guard isNew || errno == EEXIST, unsafe !isNew || chmod(done, folderMode) == 0 else {
                throw BundleError.system(.unwritable, done)
            }
        }
    }

    /// Writes a small file.
    static func write(_ text: String, to path: String) throws(BundleError) {
        let file = try create(path, mode: 0o644)
        try file.write(Array(text.utf8)[...], at: 0)
    }

    /// Copies a program or a library.
    ///
    /// - Throws: `file.*`, `bundle.strip-failed`.
    static func copy(_ source: String, to target: String, stripped: Bool) throws(BundleError) {
        try copyFile(source, to: target, mode: 0o755)
        if stripped { try strip(target) }
    }

    /// Copies a file, or a folder with all below it; links keep their targets, but for one that is named itself.
    static func copyTree(_ source: String, to target: String, isNamed: Bool = true) throws(BundleError) {
        var status = stat()
        // Safe: the structure is ours and outlives the call.
        guard unsafe fstatat(AT_FDCWD, source, &status, isNamed ? 0 : AT_SYMLINK_NOFOLLOW) == 0 else {
            throw BundleError.system(.unreadable, source)
        }
        switch status.st_mode & S_IFMT {
        case S_IFDIR:
            try makeFolders(target)
            for name in try names(of: source) {
                try copyTree("\(source)/\(name)", to: "\(target)/\(name)", isNamed: false)
            }
        case S_IFREG: try copyFile(source, to: target, mode: status.st_mode & 0o111 != 0 ? 0o755 : 0o644)
        case S_IFLNK:
            var buffer = [CChar](repeating: 0, count: 4097)
            // Safe: the last byte of the buffer stays zero.
            guard unsafe readlink(source, &buffer, 4096) >= 0 else {
                throw BundleError.system(.unreadable, source)
            }
            guard unsafe symlink(buffer, target) == 0 else { throw BundleError.system(.unwritable, target) }
        case let kind:
            throw BundleError(
                .fileUnreadable,
                subject: source,
                expected: "a file, a folder or a link",
                found: "type \(String(kind >> 12, radix: 8)) of an entry"
            )
        }
    }

    /// The names in a folder, sorted.
    private static func names(of path: String) throws(BundleError) -> [String] {
        let folder = try OpenFile<BundleError>(opening: path, flags: O_RDONLY | O_DIRECTORY)
        return try folder.entryNames().map { String(decoding: $0, as: UTF8.self) }.sorted()
    }

    private static func copyFile(_ source: String, to target: String, mode: UInt32) throws(BundleError) {
        try makeFolders(PathParts(target).folder)
        let input = try OpenFile<BundleError>(opening: source)
        let output = try create(target, mode: mode)
        var buffer = [UInt8](repeating: 0, count: chunk)
        var offset = 0
        while case let got = try input.read(into: &buffer, count: chunk, at: offset), got > 0 {
            try output.write(buffer[..<got], at: offset)
            offset += got
        }
    }

    private static func create(_ path: String, mode: UInt32) throws(BundleError) -> OpenFile<BundleError> {
        let number = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode)
        guard number >= 0 else { throw BundleError.system(.unwritable, path) }
        let file = OpenFile<BundleError>(taking: number, name: path)
        guard fchmod(number, mode) == 0 else { throw BundleError.system(.unwritable, path) }
        return file
    }

    /// Fills the Swift compiler's hashes of its modules with zeros: they hold the folder of the build, and nothing reads them.
    ///
    /// Removing the section would be shorter, but strip then forgets which memory is read-only after the start (RELRO).
    private static func eraseModuleHashes(_ path: String) throws(BundleError) {
        let file = try OpenFile<BundleError>(opening: path, flags: O_RDWR)
        guard let place = try ElfFile.place(of: ".swift_modhash", in: file) else { return }
        try file.write([UInt8](repeating: 0, count: place.count)[...], at: place.lowerBound)
    }

    /// Runs binutils' strip, which gives the same bytes for the same input.
    private static func strip(_ path: String) throws(BundleError) {
        try eraseModuleHashes(path)
        var process: pid_t = 0
        let options = ["--strip-unneeded", "--enable-deterministic-archives"]
        let words = ["strip"] + options + ["--", path]
        // Safe: the copies live until the call is over, which keeps none of them.
        let copies = unsafe words.map { unsafe strdup($0) } + [nil]
        defer {
            for index in unsafe copies.indices {
                unsafe free(copies[index])
            }
        }
        let code = unsafe posix_spawnp(&process, "strip", nil, nil, copies, environ)
        var status: Int32 = 0
        guard code == 0, unsafe waitpid(process, &status, 0) == process, status == 0 else {
            throw BundleError(
                .stripFailed,
                subject: path,
                expected: "strip of binutils to succeed, or --keep-symbols"
            )
        }
    }
}
