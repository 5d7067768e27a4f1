import Diagnostics
import Files

/// The file of a command's result.
enum ResultFile {
    /// Writes a result whole or not at all.
    ///
    /// - Parameters:
    ///   - content: The result.
    ///   - path: The file's path.
    ///   - replaces: Whether a file of that name is replaced.
    /// - Throws: Exit status 73 with the file's error.
    static func write(_ content: some Sequence<UInt8>, to path: String, replacing replaces: Bool) throws {
        do throws(FileError) {
            let output = try AtomicFile<FileError>(path, replacing: replaces)
            try output.file.write(Array(content))
            try output.commit()
        } catch {
            throw CommandFailure(.outputError, "\(error)")
        }
    }
}
