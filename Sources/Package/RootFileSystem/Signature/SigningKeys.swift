package import Crypto
import CryptoExtras
import Diagnostics
import Files

/// Who is asked to have signed an image: an RSA public key of at least 2048 bits.
package struct SignerKey: Sendable {
    private let key: _RSA.Signing.PublicKey
    /// SHA-256 of the modulus, which names the signer in a signature block.
    package let identity: [UInt8]

    /// - Parameter path: A PEM file.
    /// - Throws: `file.*`, `signature.key-invalid`.
    package init(reading path: String) throws(RootFileSystemError) {
        let text = try Self.text(path)
        do {
            try self.init(_RSA.Signing.PublicKey(pemRepresentation: text))
        } catch {
            throw Self.invalid(path, "an RSA public key of 2048 to 8192 bits in PEM")
        }
    }

    private init(_ key: _RSA.Signing.PublicKey) throws {
        self.key = key
        identity = Array(SHA256.hash(data: try key.getKeyPrimitives().modulus))
    }

    /// Whether this key's owner signed a root hash.
    ///
    /// - Parameters:
    ///   - block: Brings the signer's name and the signature.
    ///   - rootHash: The root hash as it was computed from the data, not as the block states it.
    /// - Throws: `signature.missing` where nobody signed, `signature.mismatch`.
    package func verify(_ block: SignatureBlock, of rootHash: SHA256.Digest) throws(RootFileSystemError) {
        guard block.isSigned else {
            throw RootFileSystemError(.signatureMissing, subject: "the image", expected: "a signature", found: "none")
        }
        guard block.signer == identity else {
            throw RootFileSystemError(
                .signatureMismatch,
                subject: "the signer",
                expected: Hexadecimal.text(identity),
                found: Hexadecimal.text(block.signer)
            )
        }
        let signature = _RSA.Signing.RSASignature(rawRepresentation: block.signature)
        guard key.isValidSignature(signature, for: rootHash, padding: .insecurePKCS1v1_5) else {
            throw RootFileSystemError(
                .signatureMismatch,
                subject: "the signature",
                expected: "one of the root hash by \(Hexadecimal.text(identity))",
                found: "another"
            )
        }
    }

    static func text(_ path: String) throws(RootFileSystemError) -> String {
        let file = try Descriptor(opening: path)
        // Larger than any key in PEM, smaller than what would hurt.
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = try file.read(into: &bytes, count: bytes.count)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    static func invalid(_ path: String, _ expected: String) -> RootFileSystemError {
        RootFileSystemError(.signatureKeyInvalid, subject: path, expected: expected, found: "something else")
    }
}

/// A pair of RSA keys that signs images.
package struct SigningKeys: Sendable {
    private let key: _RSA.Signing.PrivateKey
    private let signer: SignerKey

    /// - Parameters:
    ///   - publicKey: A PEM file.
    ///   - privateKey: A PEM file; its public half has to be the other key.
    /// - Throws: `file.*`, `signature.key-invalid`.
    package init(publicKey: String, privateKey: String) throws(RootFileSystemError) {
        signer = try SignerKey(reading: publicKey)
        let text = try SignerKey.text(privateKey)
        let halves: (key: _RSA.Signing.PrivateKey, identity: [UInt8])
        do {
            let key = try _RSA.Signing.PrivateKey(pemRepresentation: text)
            halves = (key, Array(SHA256.hash(data: try key.publicKey.getKeyPrimitives().modulus)))
        } catch {
            throw SignerKey.invalid(privateKey, "an RSA private key of 2048 to 8192 bits in PEM")
        }
        guard halves.identity == signer.identity else {
            throw RootFileSystemError(
                .signatureKeyInvalid,
                subject: privateKey,
                expected: "the private half of \(publicKey)",
                found: "another key"
            )
        }
        key = halves.key
    }

    /// Signs a root hash.
    ///
    /// - Returns: The block that says so.
    /// - Throws: `signature.key-invalid` where the key cannot sign.
    package func sign(_ rootHash: SHA256.Digest, hashOffset: Int) throws(RootFileSystemError) -> SignatureBlock {
        let signature: [UInt8]
        do {
            signature = Array(try key.signature(for: rootHash, padding: .insecurePKCS1v1_5).rawRepresentation)
        } catch {
            throw SignerKey.invalid("the private key", "a key that signs")
        }
        guard signature.count <= SignatureBlock.maximumSignatureSize else {
            throw SignerKey.invalid("the private key", "at most 8192 bits")
        }
        return SignatureBlock(
            hashOffset: hashOffset,
            rootHash: Array(rootHash),
            signer: signer.identity,
            signature: signature
        )
    }
}
