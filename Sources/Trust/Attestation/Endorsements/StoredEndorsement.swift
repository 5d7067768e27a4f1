import Crypto
import Diagnostics
public import FoundationEssentials

/// A vendor's document as a client keeps it: the document, and when the client fetched it.
public struct StoredEndorsement: Sendable, Equatable {
    /// The name of its request, such as `amd-vcek-Milan.crl`.
    public let name: String
    /// When it was fetched, to the second.
    public let fetched: Date
    /// The document.
    public let bytes: [UInt8]

    /// The largest document, in bytes.
    static let maximumSize = EndorsementCache.maximumSize
    /// The largest file, in bytes.
    static let maximumFileSize = maximumSize + 1024
    private static let firstLine = "adyton-endorsement 1"

    init(name: String, fetched: Date, bytes: [UInt8]) {
        self.name = name
        self.fetched = Date(timeIntervalSince1970: fetched.timeIntervalSince1970.rounded(.down))
        self.bytes = bytes
    }

    /// Reads a file of a cache; nil where it is cut off, changed, or of another name.
    ///
    /// - Parameters:
    ///   - file: The file's content.
    ///   - name: The name that it is looked up by.
    init?(file: [UInt8], name: String) {
        let lines = file.split(separator: 0x0A, maxSplits: 4, omittingEmptySubsequences: false)
        guard lines.count == 5, String(decoding: lines[0], as: UTF8.self) == Self.firstLine,
            String(decoding: lines[1], as: UTF8.self) == name,
            let seconds = Int64(String(decoding: lines[2], as: UTF8.self)), (0..<253_402_300_800).contains(seconds)
        else { return nil }
        self.init(name: name, fetched: Date(timeIntervalSince1970: Double(seconds)), bytes: Array(lines[4]))
        guard String(decoding: lines[3], as: UTF8.self) == checksum else { return nil }
    }

    /// The file's content: the format, name, time in seconds since 1970 and checksum in a line each, then the document.
    var file: [UInt8] {
        Array("\(Self.firstLine)\n\(head)\(checksum)\n".utf8) + bytes
    }

    private var head: String { "\(name)\n\(Int64(fetched.timeIntervalSince1970))\n" }

    /// Finds damage by accident: a document is trusted for its vendor's signature alone.
    private var checksum: String { Hexadecimal.text(SHA256.hash(data: Array(head.utf8) + bytes)) }

    /// When the document was issued, and when it expires, where it says so; nothing of it is verified.
    package var dates: (issued: Date?, expires: Date?) {
        let dates = try? EndorsementForm(name: name).dates(bytes)
        return (dates?.issued, dates?.expires)
    }

    /// Whether a name can be a file's.
    static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 200 && !name.hasPrefix(".")
            && name.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E: true
                default: false
                }
            }
    }
}
