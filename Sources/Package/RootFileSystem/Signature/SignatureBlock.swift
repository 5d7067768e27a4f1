import Diagnostics

/// The last 4096 bytes of an image: the root hash and who signed it (Mystikos, `include/myst/fssig.h`, version 1).
package struct SignatureBlock: Equatable, Sendable {
    package static let blockSize = 4096
    /// Enough for a key of 8192 bits.
    package static let maximumSignatureSize = 1024

    private static let magic: UInt64 = 0xf551_98a1_5362_4d38
    private static let version: UInt64 = 1

    /// Where the hash tree's superblock begins: the size of the data.
    package let hashOffset: Int
    /// The root hash of the tree.
    package let rootHash: [UInt8]
    /// SHA-256 of the signer's RSA modulus; zeros where nobody signed.
    package let signer: [UInt8]
    /// RSASSA-PKCS1-v1_5 with the root hash as the SHA-256 digest; empty where nobody signed.
    package let signature: [UInt8]

    package init(hashOffset: Int, rootHash: [UInt8], signer: [UInt8]? = nil, signature: [UInt8] = []) {
        let signer = signer ?? [UInt8](repeating: 0, count: 32)
        precondition(
            rootHash.count == 32 && signer.count == 32 && signature.count <= Self.maximumSignatureSize,
            "a signature block's fields have their sizes"
        )
        self.hashOffset = hashOffset
        self.rootHash = rootHash
        self.signer = signer
        self.signature = signature
    }

    /// Whether somebody signed.
    package var isSigned: Bool { !signature.isEmpty }

    /// The block's bytes in a file.
    package var bytes: [UInt8] {
        var block = [UInt8](repeating: 0, count: Self.blockSize)
        block.put(Self.magic, at: 0)
        block.put(Self.version, at: 8)
        block.put(UInt64(hashOffset), at: 16)
        block.put(rootHash, at: 24)
        block.put(signer, at: 56)
        block.put(signature, at: 88)
        block.put(UInt64(signature.count), at: 1112)
        return block
    }

    /// Reads a block.
    ///
    /// - Throws: `signature.missing` for another magic, `signature.field-invalid`.
    package init(_ block: [UInt8]) throws(RootFileSystemError) {
        precondition(block.count == Self.blockSize, "a signature block has its size")
        let magic: UInt64 = block.number(at: 0)
        guard magic == Self.magic else {
            throw RootFileSystemError(
                .signatureMissing,
                subject: "the signature block",
                expected: "magic \(String(Self.magic, radix: 16))",
                found: String(magic, radix: 16)
            )
        }
        func invalid(_ field: String, _ expected: String, _ found: String) -> RootFileSystemError {
            RootFileSystemError(
                .signatureFieldInvalid,
                subject: "\(field) of the signature block",
                expected: expected,
                found: found
            )
        }
        let version: UInt64 = block.number(at: 8)
        guard version == Self.version else { throw invalid("version", "\(Self.version)", "\(version)") }
        let offset: UInt64 = block.number(at: 16)
        guard offset > 0, offset % UInt64(VerityGeometry.blockSize) == 0, offset <= UInt64(Int.max / 2) else {
            throw invalid("hash_offset", "a multiple of \(VerityGeometry.blockSize)", "\(offset)")
        }
        let size: UInt64 = block.number(at: 1112)
        guard size <= UInt64(Self.maximumSignatureSize) else {
            throw invalid("signature_size", "at most \(Self.maximumSignatureSize)", "\(size)")
        }
        hashOffset = Int(offset)
        rootHash = Array(block[24..<56])
        signer = Array(block[56..<88])
        signature = Array(block[88..<88 + Int(size)])
        guard isSigned || signer.allSatisfy({ $0 == 0 }) else {
            throw invalid("signer", "zeros, for there is no signature", Hexadecimal.text(signer))
        }
        guard block == bytes else { throw invalid("padding", "zeros", "something else") }
    }
}
