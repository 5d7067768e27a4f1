import Decompression
import Glibc
import PackageManifest

/// The program that a sealed kernel's file decompresses to, as far as its texts show what was built into it.
///
/// The name of a kernel is easily changed, and the texts of its parts come only with them. This finds a kernel that was mixed
/// up, not one that was made to deceive: its publisher signs the package, and process 1 checks the running kernel.
struct KernelProgram {
    /// The largest program, in bytes.
    private static let largestProgram = 256 << 20
    /// Texts of parts that no sealed kernel has.
    private static let foreign = [
        ("bad vermagic", "loadable modules"), ("core_pattern", "core dumps"), ("io_uring", "io_uring"),
    ]
    /// A text of every kernel that prints messages on a console.
    private static let console = "console [%s%d] disabled"

    private let bytes: [UInt8]

    /// The compressed part of a kernel's file, as one chunk.
    private final class Payload: ByteSource {
        private var rest: [UInt8]

        init(_ bytes: [UInt8]) {
            rest = bytes
        }

        func next() -> [UInt8] {
            defer { rest = [] }
            return rest
        }
    }

    /// Decompresses a kernel (Linux, "The Linux/x86 Boot Protocol", `payload_offset` and `payload_length`).
    ///
    /// - Parameters:
    ///   - image: A bzImage of at least 0x250 bytes.
    ///   - name: Its file, for errors.
    /// - Throws: `package.input-invalid`.
    init(of image: [UInt8], name: String) throws(PackageError) {
        func number(_ place: Int) -> Int { (0..<4).reduce(0) { $0 | Int(image[place + $1]) << (8 * $1) } }
        let sectors = image[0x1f1] == 0 ? 4 : Int(image[0x1f1])
        let start = (sectors + 1) * 512 + number(0x248)
        let (size, failure) = (number(0x24c), Self.failure(name))
        guard size > 0, start + size <= image.count else { throw failure("a compressed program", "none") }
        let payload = Array(image[start..<start + size])
        let compression = Compression(of: payload.prefix(Compression.magicLength))
        guard compression == .gzip else {
            throw failure("gzip, by which Scripts/build-kernel.sh compresses kernels", compression.rawValue)
        }
        var program: [UInt8] = []
        do {
            let source = try Decompressor(
                Payload(payload),
                compression: compression,
                failure: failure
            )
            while case let piece = try source.next(), !piece.isEmpty {
                guard program.count + piece.count <= Self.largestProgram else {
                    throw failure("a program of at most \(Self.largestProgram) bytes", "more")
                }
                program += piece
            }
        } catch {
            throw error as? PackageError ?? failure("a compressed program", "\(error)")
        }
        bytes = program
    }

    private static func failure(_ name: String) -> (String, String) -> PackageError {
        { PackageError(.inputInvalid, subject: name, expected: $0, found: $1) }
    }

    /// Compares the program with what a sealed kernel is.
    ///
    /// - Parameters:
    ///   - release: The release that the file's header names.
    ///   - isDebug: Whether it has to have a console, or may have none.
    /// - Returns: The first difference; nil for none.
    func difference(fromSealed release: String, isDebug: Bool) -> (expected: String, found: String)? {
        let banner = "Linux version \(release) ("
        guard contains(banner) else { return ("a program of this release", "another release") }
        for (text, part) in Self.foreign where contains(text) { return ("no \(part)", "\(part)") }
        guard contains(Self.console) == isDebug else {
            return isDebug ? ("a console", "none") : ("no console", "a console")
        }
        return nil
    }

    private func contains(_ text: String) -> Bool {
        let pattern = Array(text.utf8)
        return unsafe bytes.withUnsafeBytes { buffer in
            // Safe: every place is within the buffer, and as many bytes as the pattern has follow it there.
            guard let start = buffer.baseAddress, buffer.count >= pattern.count else { return false }
            let end = unsafe start + (buffer.count - pattern.count + 1)
            var place = unsafe start
            while unsafe place < end, let found = unsafe memchr(place, Int32(pattern[0]), end - place) {
                if unsafe memcmp(found, pattern, pattern.count) == 0 { return true }
                unsafe place = UnsafeRawPointer(found) + 1
            }
            return false
        }
    }
}
