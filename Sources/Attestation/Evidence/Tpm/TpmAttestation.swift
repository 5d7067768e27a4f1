import Diagnostics

/// What a TPM signed: `TPMS_ATTEST` (TPM 2.0 Library, Part 2, 10.12.12); integers are big-endian.
package struct TpmAttestation: Sendable, Equatable {
    /// A bank and which of its registers a quote covers.
    package struct Selection: Sendable, Equatable {
        /// The bank.
        package let bank: HashAlgorithm
        /// The registers, lowest first.
        package let registers: [Int]
    }

    /// What kind of statement it is.
    package enum Statement: Sendable, Equatable {
        /// Over registers: which, and the digest of their values one after another.
        case quote(selections: [Selection], digest: [UInt8])
        /// Over another key: its name and qualified name.
        case certification(name: [UInt8], qualifiedName: [UInt8])
        /// Over the making of a key: its name and the hash of how it was made.
        case creation(name: [UInt8], hash: [UInt8])
    }

    /// The largest structure that is read; a TPM's is smaller.
    static let maximumByteCount = 4096
    private static let magic: UInt32 = 0xFF54_4347
    /// More banks than any TPM has.
    private static let maximumSelectionCount = 16

    /// All bytes, as the signature covers them.
    package let bytes: [UInt8]
    /// The qualified name of the key that signs.
    package let qualifiedSigner: [UInt8]
    /// What the caller gave: the nonce.
    package let extraData: [UInt8]
    /// Milliseconds that the TPM has been on.
    package let clock: UInt64
    /// How often it was reset.
    package let resetCount: UInt32
    /// How often it was restarted or resumed since.
    package let restartCount: UInt32
    /// Whether no higher clock was ever told.
    package let isClockSafe: Bool
    /// The firmware's version, which the TPM hides from keys outside its own hierarchies.
    package let firmwareVersion: UInt64
    /// What is stated.
    package let statement: Statement

    /// Parses the structure.
    ///
    /// - Parameter bytes: The structure, with nothing behind it.
    /// - Throws: `evidence.*`, `tpm.not-a-quote` for another kind of statement or one that no TPM made.
    package init(parsing bytes: [UInt8]) throws(AttestationError) {
        guard bytes.count <= Self.maximumByteCount else {
            throw AttestationError(EvidenceCheck.tooLarge, subject: "attest", found: "\(bytes.count) bytes")
        }
        var reader = ByteReader(bytes, subject: "attest")
        let magic = try reader.bigEndian(UInt32.self, "magic")
        guard magic == Self.magic else {
            throw AttestationError(
                TpmCheck.notAQuote,
                subject: "attest",
                fields: ["magic"],
                expected: "TPM_GENERATED_VALUE",
                found: "0x" + String(magic, radix: 16)
            )
        }
        self.bytes = bytes
        let type = try reader.bigEndian(UInt16.self, "type")
        qualifiedSigner = try reader.sized("qualifiedSigner")
        extraData = try reader.sized("extraData")
        clock = try reader.bigEndian(UInt64.self, "clock")
        resetCount = try reader.bigEndian(UInt32.self, "resetCount")
        restartCount = try reader.bigEndian(UInt32.self, "restartCount")
        let safe = try reader.bigEndian(UInt8.self, "safe")
        guard safe <= 1 else {
            throw AttestationError(
                EvidenceCheck.fieldInvalid,
                subject: "attest",
                fields: ["safe"],
                expected: "0 or 1",
                found: "\(safe)"
            )
        }
        isClockSafe = safe == 1
        firmwareVersion = try reader.bigEndian(UInt64.self, "firmwareVersion")
        statement = try Self.statement(type, &reader)
        try reader.end()
    }

    private static func statement(_ type: UInt16, _ reader: inout ByteReader) throws(AttestationError) -> Statement {
        switch type {
        case 0x8018:
            return .quote(selections: try selections(&reader), digest: try reader.sized("pcrDigest"))
        case 0x8017:
            return .certification(name: try reader.sized("name"), qualifiedName: try reader.sized("qualifiedName"))
        case 0x801A:
            return .creation(name: try reader.sized("objectName"), hash: try reader.sized("creationHash"))
        default:
            throw AttestationError(
                TpmCheck.notAQuote,
                subject: "attest",
                fields: ["type"],
                expected: "0x8018 (quote)",
                found: "0x" + String(type, radix: 16)
            )
        }
    }

    /// `TPML_PCR_SELECTION`; a bank that comes twice would leave open which values were meant.
    private static func selections(_ reader: inout ByteReader) throws(AttestationError) -> [Selection] {
        let count = try reader.bigEndian(UInt32.self, "pcrSelect.count")
        guard count <= maximumSelectionCount else {
            throw invalid("pcrSelect.count", expected: "at most \(maximumSelectionCount)", found: "\(count)")
        }
        var selections: [Selection] = []
        for _ in 0..<count {
            let identifier = try reader.bigEndian(UInt16.self, "pcrSelect.hash")
            guard let bank = HashAlgorithm(tpm: identifier), !selections.contains(where: { $0.bank == bank }) else {
                throw invalid("pcrSelect.hash", expected: "a known bank, once", found: "\(identifier)")
            }
            let size = try reader.bigEndian(UInt8.self, "pcrSelect.sizeofSelect")
            guard (1...4).contains(size) else {
                throw invalid("pcrSelect.sizeofSelect", expected: "1 to 4", found: "\(size)")
            }
            let bits = try reader.take(Int(size), "pcrSelect.pcrSelect")
            let registers = bits.enumerated().flatMap { place, byte in
                (0..<8).filter { byte >> $0 & 1 == 1 }.map { place * 8 + $0 }
            }
            selections.append(Selection(bank: bank, registers: registers))
        }
        return selections
    }

    private static func invalid(_ field: String, expected: String, found: String) -> AttestationError {
        AttestationError(
            EvidenceCheck.fieldInvalid,
            subject: "attest",
            fields: [field],
            expected: expected,
            found: found
        )
    }
}

extension HashAlgorithm {
    /// The hash of a TPM algorithm's number (`TPM_ALG_ID`); nil for one that is not known here.
    package init?(tpm identifier: UInt16) {
        guard let algorithm = EventLog.algorithm(identifier) else { return nil }
        self = algorithm
    }

    /// The number that a TPM knows the hash by.
    package var tpmIdentifier: UInt16 {
        switch self {
        case .sha1: 0x4
        case .sha256: 0xB
        case .sha384: 0xC
        case .sha512: 0xD
        }
    }
}
