import FoundationEssentials

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The folder of a cache, which several processes may use at the same time.
///
/// A file appears whole or not at all: it is written under a temporary name, brought to the disk, and renamed. Symbolic links
/// are never followed: a link where a document should be counts as no document, and is replaced by the next one.
struct EndorsementFolder: Sendable {
    /// The most documents that are kept: who sends evidence decides which processors are asked about.
    static let maximumCount = 1024

    let url: URL

    /// Reads a document.
    ///
    /// - Parameter name: The document's name.
    /// - Returns: The document; `isDamaged` where there is a file that is none.
    func document(_ name: String) -> (document: StoredEndorsement?, isDamaged: Bool) {
        guard StoredEndorsement.isName(name) else { return (nil, false) }
        var entry = stat()
        // Safe, here and below: paths are strings of our own, and the buffers outlive the calls.
        guard unsafe lstat(path(name), &entry) == 0 else { return (nil, false) }
        let document = content(name).flatMap { StoredEndorsement(file: $0, name: name) }
        return (document, document == nil)
    }

    /// Every document, sorted by name; damaged ones are left out.
    var documents: [StoredEndorsement] {
        names.sorted().compactMap { document($0).document }
    }

    /// Writes a document; the oldest ones go where there are too many.
    ///
    /// - Parameter document: The document.
    /// - Returns: Why it could not be written; nil where it was.
    func write(_ document: StoredEndorsement) -> String? {
        guard StoredEndorsement.isName(document.name) else { return "\(document.name) is no file's name" }
        try? FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        let temporary = path(".\(document.name.prefix(100)).partial-\(getpid())-\(UInt32.random(in: .min ... .max))")
        let number = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard number >= 0 else { return Self.reason(errno) }
        var failure: Int32 = 0
        if !Self.write(document.file, to: number) || fsync(number) != 0 { failure = errno }
        if close(number) != 0, failure == 0 { failure = errno }
        if failure == 0, unsafe rename(temporary, path(document.name)) != 0 { failure = errno }
        guard failure == 0 else {
            _ = unsafe unlink(temporary)
            return Self.reason(failure)
        }
        prune(keeping: document.name)
        return nil
    }

    private var names: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []).filter(StoredEndorsement.isName)
    }

    private func path(_ name: String) -> String { url.path + "/" + name }

    private func content(_ name: String) -> [UInt8]? {
        // A named pipe must not stop the reader, so nothing is waited for.
        let number = unsafe open(path(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard number >= 0 else { return nil }
        defer { close(number) }
        var status = stat()
        guard unsafe fstat(number, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            status.st_size <= StoredEndorsement.maximumFileSize
        else { return nil }
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while content.count <= StoredEndorsement.maximumFileSize {
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(number, $0.baseAddress, $0.count) }
            guard count >= 0 else { return nil }
            if count == 0 { return content }
            content += buffer[..<count]
        }
        return nil
    }

    private static func write(_ bytes: [UInt8], to number: Int32) -> Bool {
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes[done...].withUnsafeBytes { memory in
                // The module's own function, not this one.
                #if canImport(Glibc)
                unsafe Glibc.write(number, memory.baseAddress, memory.count)
                #else
                unsafe Musl.write(number, memory.baseAddress, memory.count)
                #endif
            }
            guard count > 0 else { return false }
            done += count
        }
        return true
    }

    private func prune(keeping newest: String) {
        let names = names
        guard names.count > Self.maximumCount else { return }
        let dated = names.filter { $0 != newest }.map { name in
            (name, FileFacts(url.appending(path: name))?.modified ?? .distantPast)
        }
        for (name, _) in dated.sorted(by: { $0.1 < $1.1 }).prefix(names.count - Self.maximumCount) {
            _ = unsafe unlink(path(name))
        }
    }

    private static func reason(_ number: Int32) -> String {
        // Safe: the library gives a text that lives until this thread's next call, and it is copied here.
        unsafe String(cString: strerror(number))
    }
}
