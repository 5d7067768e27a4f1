import Files
import Glibc
import PackageManifest
import RootFileSystem

/// Reads small input files of the publisher.
enum InputFile {
    /// Reads a file.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - limit: The maximum size in bytes.
    /// - Returns: The content.
    /// - Throws: `package.input-missing`, `package.unreadable`, `package.input-invalid` for a larger file.
    static func read(_ path: String, atMost limit: Int) throws(PackageError) -> [UInt8] {
        let file = try OpenFile<PackageError>(opening: path)
        let size = try file.size()
        guard size <= limit else {
            throw PackageError(.inputInvalid, subject: path, expected: "at most \(limit) bytes", found: "\(size)")
        }
        // A pipe has no size, so one byte more than allowed is requested.
        var bytes = [UInt8](repeating: 0, count: size > 0 ? size + 1 : limit + 1)
        let capacity = bytes.count
        let count = try file.read(into: &bytes, count: capacity)
        guard count < capacity else {
            throw PackageError(
                .inputInvalid,
                subject: path,
                expected: "a file that stays as it is",
                found: "more bytes"
            )
        }
        return Array(bytes[..<count])
    }
}
