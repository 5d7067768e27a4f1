package import Files
import Glibc

/// The content of one part of a launch: a whole file, a range of a package's file, or an array.
///
/// A file is read in chunks of 1 MiB and never held in memory as a whole. Its size is fixed when it is opened.
package struct PartContent: Sendable {
    private enum Storage: Sendable {
        case bytes([UInt8])
        case file(OpenFile<LaunchMeasurementError>, offset: Int)
    }

    private static let pieceSize = 1 << 20

    private let storage: Storage
    /// Bytes that replace the beginning of the content.
    private var head: [UInt8] = []
    /// The name in error messages.
    package let name: String
    /// The size in bytes.
    package let count: Int

    /// Creates a part from bytes in memory.
    ///
    /// - Parameters:
    ///   - bytes: The content.
    ///   - name: The name in error messages.
    package init(_ bytes: [UInt8], name: String) {
        storage = .bytes(bytes)
        self.name = name
        count = bytes.count
    }

    /// Opens a file.
    ///
    /// - Parameters:
    ///   - path: A regular file.
    ///   - range: The range of bytes that is the part, such as a package's kernel; nil for the whole file.
    /// - Throws: `measure.file-missing`, `measure.file-unreadable`, also where the range exceeds the file.
    package init(contentsOf path: String, range: Range<Int>? = nil) throws(LaunchMeasurementError) {
        // Opening a pipe must not block.
        let file = try OpenFile<LaunchMeasurementError>(opening: path, flags: O_RDONLY | O_NONBLOCK)
        let status = try file.status()
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw LaunchMeasurementError(.fileUnreadable, subject: path, expected: "a regular file")
        }
        let size = Int(status.st_size)
        let range = range ?? 0..<size
        guard range.lowerBound >= 0, range.upperBound <= size else {
            throw LaunchMeasurementError(
                .fileUnreadable,
                subject: path,
                expected: "a file of at least \(range.upperBound) bytes",
                found: "\(size)"
            )
        }
        storage = .file(file, offset: range.lowerBound)
        name = path
        count = range.count
    }

    /// The same part with its beginning replaced, as a hypervisor patches it.
    func replacingHead(with bytes: [UInt8]) -> PartContent {
        precondition(bytes.count <= count, "a patch lies in its part")
        var copy = self
        copy.head = bytes
        return copy
    }

    /// Reads a range, which must be within the part.
    func bytes(_ range: Range<Int>) throws(LaunchMeasurementError) -> [UInt8] {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "a range lies in its part")
        var bytes: [UInt8] =
            switch storage {
            case .bytes(let all): Array(all[range])
            case .file(let file, let offset):
                try Self.read(file, at: offset + range.lowerBound, count: range.count)
            }
        let patched = range.clamped(to: 0..<head.count)
        if !patched.isEmpty {
            bytes.replaceSubrange(0..<patched.count, with: head[patched])
        }
        return bytes
    }

    /// Reads bytes that were there when the file was opened.
    private static func read(
        _ file: OpenFile<LaunchMeasurementError>,
        at offset: Int,
        count: Int
    ) throws(LaunchMeasurementError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let got = try file.read(into: &bytes, count: count, at: offset)
        guard got == count else {
            throw LaunchMeasurementError(
                .fileChanged,
                subject: file.name,
                expected: "\(offset + count) bytes",
                found: "\(offset + got)"
            )
        }
        return bytes
    }

    /// Reads a range, which must be within the part, in chunks.
    func forEachPiece(of range: Range<Int>, _ body: ([UInt8]) -> Void) throws(LaunchMeasurementError) {
        var start = range.lowerBound
        while start < range.upperBound {
            let end = min(start + Self.pieceSize, range.upperBound)
            body(try bytes(start..<end))
            start = end
        }
    }
}

extension LaunchMeasurementError: FileFailure {
    package init(_ error: FileError) {
        let isMissing = error.errorNumber == ENOENT || error.errorNumber == ENOTDIR
        self.init(
            isMissing ? .fileMissing : .fileUnreadable,
            subject: error.subject,
            expected: error.expected,
            found: error.found
        )
    }
}
