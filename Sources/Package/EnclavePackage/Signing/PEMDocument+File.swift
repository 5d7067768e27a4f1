import PackageManifest
import SwiftASN1

extension PEMDocument {
    /// The maximum size of a key file, in bytes.
    private static let largestFile = 1 << 16

    /// Reads the first matching block of a file (RFC 7468).
    ///
    /// - Parameters:
    ///   - path: A PEM file; other blocks, such as curve parameters, are skipped.
    ///   - wanted: The wanted kind of block, for the message.
    ///   - matches: Whether a label matches.
    /// - Returns: The block.
    /// - Throws: `package.input-missing`, `package.unreadable`, `key.invalid`.
    static func first(
        in path: String,
        wanted: String,
        where matches: (String) -> Bool
    ) throws(PackageError) -> PEMDocument {
        let text = String(decoding: try InputFile.read(path, atMost: largestFile), as: UTF8.self)
        let documents: [PEMDocument]
        do {
            documents = try parseMultiple(pemString: text)
        } catch {
            throw PackageError(
                .keyInvalid,
                subject: path,
                expected: "base64 in PEM's lines of 64 characters, without a pass phrase",
                found: text.contains("ENCRYPTED") ? "an encrypted key" : "something else"
            )
        }
        guard let document = documents.first(where: { matches($0.discriminator) }) else {
            let labels = documents.map(\.discriminator).joined(separator: ", ")
            throw PackageError(
                .keyInvalid,
                subject: path,
                expected: "\(wanted) in PEM",
                found: labels.isEmpty ? "no PEM block" : "only \(labels)"
            )
        }
        return document
    }
}
