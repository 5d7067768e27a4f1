package import Crypto
import Diagnostics
import Files
import Foundation

/// Whose images may be used: root hashes and signers that somebody vouches for.
///
/// What an empty value means is its user's to say: a package takes no image then, a launch takes the root hash that an
/// image names itself.
package struct ImageTrust: Sendable {
    /// The longest file that can hold a root hash; digits and blanks need far less.
    private static let largestFile = 4096

    /// Root hashes that are trusted, 64 lower-case hexadecimal digits each.
    package var rootHashes: Set<String> = []
    /// Keys that are trusted to sign an image.
    package var signers: [SignerKey] = []

    /// Nobody's.
    package init() {}

    /// Whether nobody vouches for anything.
    package var isEmpty: Bool { rootHashes.isEmpty && signers.isEmpty }

    /// Trusts a root hash.
    ///
    /// - Parameter path: A file with 64 hexadecimal digits, as `adyton fssig --roothash` prints them.
    /// - Throws: `file.*`, `root.hash-invalid`.
    package mutating func trustRootHash(in path: String) throws(RootFileSystemError) {
        let file = try Descriptor(opening: path)
        var bytes = [UInt8](repeating: 0, count: Self.largestFile)
        let count = try file.read(into: &bytes, count: bytes.count, at: 0)
        let text = String(decoding: bytes[..<count], as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard let hash = Hexadecimal.bytes(text), hash.count == 32 else {
            throw RootFileSystemError(
                .rootHashInvalid,
                subject: path,
                expected: "64 hexadecimal digits, as fssig --roothash prints them",
                found: "\(count) bytes that are something else"
            )
        }
        rootHashes.insert(Hexadecimal.text(hash))
    }

    /// Trusts a signer.
    ///
    /// - Parameter path: An RSA public key in PEM.
    /// - Throws: `file.*`, `signature.key-invalid`.
    package mutating func trustSigner(in path: String) throws(RootFileSystemError) {
        signers.append(try SignerKey(reading: path))
    }

    /// Refuses an image that nobody vouches for.
    ///
    /// - Parameters:
    ///   - block: The image's signature block, of which nothing is taken for granted.
    ///   - root: The root hash with which every block of the image was compared.
    ///   - path: The image, for the message.
    /// - Throws: `root.untrusted`.
    package func check(
        _ block: SignatureBlock,
        root: SHA256.Digest,
        path: String
    ) throws(RootFileSystemError) {
        let rootHash = Hexadecimal.text(root)
        if rootHashes.contains(rootHash) { return }
        for signer in signers where (try? signer.verify(block, of: root)) != nil { return }
        let expected =
            isEmpty
            ? "--roothash FILE or --pubkey FILE that vouches for it"
            : "a root hash or a signature that is trusted "
                + "(\(rootHashes.count) hashes and \(signers.count) keys were given)"
        throw RootFileSystemError(
            .rootUntrusted,
            subject: path,
            expected: expected,
            found: "root hash \(rootHash), "
                + (block.isSigned ? "signed by \(Hexadecimal.text(block.signer))" : "signed by nobody")
        )
    }
}
