/// The public part of a TPM's key: `TPMT_PUBLIC` (TPM 2.0 Library, Part 2, 12.2.4).
package struct TpmPublicArea: Sendable, Equatable {
    /// The key's algorithm and public value.
    package enum Key: Sendable, Equatable {
        /// Modulus and public exponent.
        case rsa(modulus: [UInt8], exponent: UInt32)
        /// A point of a curve, with coordinates as long as the TPM encoded them.
        case elliptic(curve: Curve, x: [UInt8], y: [UInt8])
    }

    /// A NIST curve.
    package enum Curve: UInt16, Sendable {
        case p256 = 3
        case p384 = 4
        case p521 = 5

        /// The length of a coordinate, in bytes.
        var byteCount: Int {
            switch self {
            case .p256: 32
            case .p384: 48
            case .p521: 66
            }
        }
    }

    /// What a key may be used for, and its origin: `TPMA_OBJECT`.
    package struct Attributes: OptionSet, Sendable {
        package let rawValue: UInt32

        package init(rawValue: UInt32) {
            self.rawValue = rawValue
        }

        /// The key cannot leave its TPM.
        package static let fixedTPM = Attributes(rawValue: 1 << 1)
        /// The key cannot leave its parent.
        package static let fixedParent = Attributes(rawValue: 1 << 4)
        /// The TPM generated the private part.
        package static let sensitiveDataOrigin = Attributes(rawValue: 1 << 5)
        /// The key operates only on TPM-generated data.
        package static let restricted = Attributes(rawValue: 1 << 16)
        /// The key decrypts.
        package static let decrypt = Attributes(rawValue: 1 << 17)
        /// The key signs.
        package static let sign = Attributes(rawValue: 1 << 18)

        /// The attributes that an attestation key must have.
        static let attestation: Attributes = [.fixedTPM, .fixedParent, .sensitiveDataOrigin, .restricted, .sign]
    }

    /// The largest structure that is parsed, in bytes.
    static let maximumByteCount = 4096
    private static let null: UInt16 = 0x10
    private static let advancedEncryptionStandard: UInt16 = 0x6

    /// The encoded structure, from which the name is computed.
    package let bytes: [UInt8]
    /// The hash algorithm of the name.
    package let nameHash: HashAlgorithm
    /// The key's attributes.
    package let attributes: Attributes
    /// The key size of the symmetric cipher that protects child objects, in bits; nil where there is none.
    package let cipherKeyInBits: UInt16?
    /// The signature scheme that the key is restricted to; nil for any.
    package let scheme: SignatureAlgorithm?
    /// The public key.
    package let key: Key

    /// The key's name: the hash algorithm's identifier and the hash of the structure.
    package var name: [UInt8] {
        [bytes[2], bytes[3]] + nameHash.digest(of: bytes).bytes
    }

    /// Parses the structure.
    ///
    /// - Parameter bytes: `TPMT_PUBLIC`, or `TPM2B_PUBLIC` with its length prefix; without trailing bytes.
    /// - Throws: `evidence.*`.
    package init(parsing bytes: [UInt8]) throws(AttestationError) {
        guard bytes.count <= Self.maximumByteCount else {
            throw AttestationError(EvidenceCheck.tooLarge, subject: "public area", found: "\(bytes.count) bytes")
        }
        // A structure begins with its type, 1 or 0x23; a length prefix of that value would leave no room for a key.
        let isSized = bytes.count > 0x25 && Int(bytes[0]) << 8 | Int(bytes[1]) == bytes.count - 2
        self.bytes = isSized ? Array(bytes.dropFirst(2)) : bytes
        var reader = ByteReader(self.bytes, subject: "public area")
        let type = try reader.bigEndian(UInt16.self, "type")
        let identifier = try reader.bigEndian(UInt16.self, "nameAlg")
        guard let hash = HashAlgorithm(tpmAlgorithm: identifier) else {
            throw Self.invalid("nameAlg", expected: "a known hash", found: identifier)
        }
        nameHash = hash
        attributes = Attributes(rawValue: try reader.bigEndian(UInt32.self, "objectAttributes"))
        _ = try reader.sized("authPolicy")
        cipherKeyInBits = try Self.cipher(&reader)
        scheme = try Self.scheme(&reader)
        switch type {
        case 0x1: key = try Self.rsaKey(&reader)
        case 0x23: key = try Self.ellipticKey(&reader)
        default: throw Self.invalid("type", expected: "RSA or ECC", found: type)
        }
        try reader.end()
    }

    private static func cipher(_ reader: inout ByteReader) throws(AttestationError) -> UInt16? {
        let algorithm = try reader.bigEndian(UInt16.self, "symmetric")
        guard algorithm != null else { return nil }
        guard algorithm == advancedEncryptionStandard else {
            throw invalid("symmetric", expected: "AES or none", found: algorithm)
        }
        let bits = try reader.bigEndian(UInt16.self, "symmetric.keyBits")
        let mode = try reader.bigEndian(UInt16.self, "symmetric.mode")
        guard bits == 128 || bits == 256 else {
            throw invalid("symmetric.keyBits", expected: "128 or 256", found: bits)
        }
        guard mode == 0x43 else { throw invalid("symmetric.mode", expected: "CFB", found: mode) }
        return bits
    }

    private static func scheme(_ reader: inout ByteReader) throws(AttestationError) -> SignatureAlgorithm? {
        let algorithm = try reader.bigEndian(UInt16.self, "scheme")
        guard algorithm != null else { return nil }
        let identifier = try reader.bigEndian(UInt16.self, "scheme.hash")
        guard let scheme = SignatureAlgorithm.Scheme(tpm: algorithm), let hash = HashAlgorithm(tpmAlgorithm: identifier)
        else {
            throw invalid("scheme", expected: "RSASSA, RSAPSS, ECDSA or none", found: algorithm)
        }
        return SignatureAlgorithm(scheme, hash)
    }

    private static func rsaKey(_ reader: inout ByteReader) throws(AttestationError) -> Key {
        let bits = try reader.bigEndian(UInt16.self, "keyBits")
        let exponent = try reader.bigEndian(UInt32.self, "exponent")
        let modulus = try reader.sized("unique")
        guard modulus.count * 8 == Int(bits), modulus.first.map({ $0 >= 0x80 }) == true else {
            throw invalid("unique", expected: "\(bits) bits", found: UInt16(truncatingIfNeeded: modulus.count * 8))
        }
        return .rsa(modulus: modulus, exponent: exponent == 0 ? 65_537 : exponent)
    }

    private static func ellipticKey(_ reader: inout ByteReader) throws(AttestationError) -> Key {
        let identifier = try reader.bigEndian(UInt16.self, "curveID")
        guard let curve = Curve(rawValue: identifier) else {
            throw invalid("curveID", expected: "P-256, P-384 or P-521", found: identifier)
        }
        let derivation = try reader.bigEndian(UInt16.self, "kdf")
        guard derivation == null else { throw invalid("kdf", expected: "none", found: derivation) }
        let x = try reader.sized("unique.x")
        let y = try reader.sized("unique.y")
        guard x.count <= curve.byteCount, y.count <= curve.byteCount else {
            throw invalid(
                "unique",
                expected: "\(curve.byteCount) bytes",
                found: UInt16(truncatingIfNeeded: max(x.count, y.count))
            )
        }
        return .elliptic(curve: curve, x: x, y: y)
    }

    private static func invalid(_ field: String, expected: String, found: UInt16) -> AttestationError {
        AttestationError(
            EvidenceCheck.fieldInvalid,
            subject: "public area",
            fields: [field],
            expected: expected,
            found: "0x" + String(found, radix: 16)
        )
    }
}
