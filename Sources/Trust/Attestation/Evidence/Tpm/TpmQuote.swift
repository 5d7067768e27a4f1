import Diagnostics

/// A parsed, unverified TPM 2.0 quote: TPMS_ATTEST with TPMS_QUOTE_INFO.
///
/// TPM 2.0 Library, Part 2, 10.12; big-endian.
package struct TpmQuote: Sendable, Hashable {
    /// The selected PCRs of one bank.
    package struct Selection: Sendable, Hashable {
        /// The bank's TPM_ALG_ID.
        package let bank: UInt16
        /// The PCR indexes, ascending.
        package let registers: [Int]
    }

    /// The whole structure, which is signed.
    package let bytes: [UInt8]
    /// The qualified name of the signing key.
    package let qualifiedSigner: [UInt8]
    /// The qualifying data: the caller's challenge.
    package let extraData: [UInt8]
    /// The TPM's clock: milliseconds of power-on time.
    package let clock: UInt64
    /// The number of TPM resets.
    package let resetCount: UInt32
    /// The number of TPM restarts and resumes since the last reset.
    package let restartCount: UInt32
    /// Whether the clock is not behind a value that the TPM reported earlier.
    package let isClockSafe: Bool
    /// The TPM's firmware version.
    package let firmwareVersion: UInt64
    /// The quoted PCRs.
    package let selections: [Selection]
    /// The digest of the quoted PCR values, in the order of the selections.
    package let registerDigest: [UInt8]
    /// The fields and their byte ranges, in order and without gaps.
    package let fields: [FieldRange]

    private static let magic: UInt32 = 0xFF54_4347
    private static let quoteType: UInt16 = 0x8018
    /// The largest TPM2B in a quote: a digest with its algorithm.
    private static let maximumStringSize = 66
    private static let maximumSelections = 16

    /// Parses a quote.
    ///
    /// - Parameter bytes: The structure, without trailing bytes.
    /// - Throws: `evidence.truncated`, `evidence.trailing-bytes`, and `evidence.field-invalid` for another structure, a
    ///   `safe` flag other than 0 and 1, or a TPM2B or list that is too long for a quote.
    package init(_ bytes: [UInt8]) throws(AttestationError) {
        var reader = ByteReader(bytes, subject: "quote")
        var fields: [FieldRange] = []
        func note(_ name: String, since start: Int) {
            fields.append(FieldRange(name, start, reader.offset - start))
        }
        let magic = try reader.bigEndian(UInt32.self, "magic")
        guard magic == Self.magic else { throw Self.invalid("magic", "ff544347", String(magic, radix: 16)) }
        note("magic", since: 0)
        let type = try reader.bigEndian(UInt16.self, "type")
        guard type == Self.quoteType else { throw Self.invalid("type", "8018", String(type, radix: 16)) }
        note("type", since: 4)
        var start = reader.offset
        qualifiedSigner = try Self.string(&reader, "qualifiedSigner")
        note("qualifiedSigner", since: start)
        start = reader.offset
        extraData = try Self.string(&reader, "extraData")
        note("extraData", since: start)
        start = reader.offset
        clock = try reader.bigEndian(UInt64.self, "clock")
        resetCount = try reader.bigEndian(UInt32.self, "resetCount")
        restartCount = try reader.bigEndian(UInt32.self, "restartCount")
        let safe = try reader.bigEndian(UInt8.self, "safe")
        guard safe <= 1 else { throw Self.invalid("safe", "0 or 1", "\(safe)") }
        isClockSafe = safe == 1
        firmwareVersion = try reader.bigEndian(UInt64.self, "firmwareVersion")
        for (name, size) in [("clock", 8), ("resetCount", 4), ("restartCount", 4), ("safe", 1), ("firmwareVersion", 8)]
        {
            fields.append(FieldRange(name, start, size))
            start += size
        }
        selections = try Self.selections(&reader)
        note("pcrSelect", since: start)
        start = reader.offset
        registerDigest = try Self.string(&reader, "pcrDigest")
        note("pcrDigest", since: start)
        try reader.end()
        self.bytes = bytes
        self.fields = fields
    }

    private static func string(_ reader: inout ByteReader, _ field: String) throws(AttestationError) -> [UInt8] {
        let count = Int(try reader.bigEndian(UInt16.self, field))
        guard count <= maximumStringSize else {
            throw invalid(field, "at most \(maximumStringSize) bytes", "\(count)")
        }
        return Array(try reader.take(count, field))
    }

    private static func selections(_ reader: inout ByteReader) throws(AttestationError) -> [Selection] {
        let count = try reader.bigEndian(UInt32.self, "pcrSelect")
        guard count <= maximumSelections else {
            throw invalid("pcrSelect", "at most \(maximumSelections) banks", "\(count)")
        }
        var selections: [Selection] = []
        for _ in 0..<count {
            let bank = try reader.bigEndian(UInt16.self, "pcrSelect")
            let size = Int(try reader.bigEndian(UInt8.self, "pcrSelect"))
            guard size <= 4 else { throw invalid("pcrSelect", "at most 32 registers", "\(size * 8)") }
            let bitmap = Array(try reader.take(size, "pcrSelect"))
            let registers = (0..<(size * 8)).filter { bitmap[$0 / 8] >> UInt8($0 % 8) & 1 == 1 }
            guard !selections.contains(where: { $0.bank == bank }) else {
                throw invalid("pcrSelect", "each bank once", "\(bank) twice")
            }
            selections.append(Selection(bank: bank, registers: registers))
        }
        return selections
    }

    private static func invalid(_ field: String, _ expected: String, _ found: String) -> AttestationError {
        AttestationError(
            EvidenceCheck.fieldInvalid,
            subject: "quote",
            fields: [field],
            expected: expected,
            found: found
        )
    }
}
