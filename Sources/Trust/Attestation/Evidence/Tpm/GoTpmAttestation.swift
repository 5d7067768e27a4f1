import Diagnostics

/// The attestation message of go-tpm-tools (`attest.Attestation`), which Google Cloud's tools send.
///
/// It is a Protocol Buffers message; only the fields that a quote needs are read, within bounds, and others are skipped. A
/// hardware report in it is not judged: it is evidence of its own kind.
struct GoTpmAttestation: Sendable {
    /// A quote of one bank, with the values of its registers.
    struct Quote: Sendable {
        /// TPMS_ATTEST.
        var quote: [UInt8] = []
        /// TPMT_SIGNATURE.
        var signature: [UInt8] = []
        /// The bank; nil for an unknown one.
        var bank: HashAlgorithm?
        /// The values by the register's number.
        var registers: [Int: [UInt8]] = [:]
    }

    /// The largest message that is parsed, in bytes: a log is most of it.
    static let maximumSize = EventLog.maximumByteCount + 1 << 20
    /// The most quotes and certificates that are kept; a TPM has four banks, and chains are short.
    private static let maximumCount = 8
    private static let subject = "attestation"

    /// The attestation key: TPMT_PUBLIC.
    private(set) var publicArea: [UInt8] = []
    /// The quotes, one a bank.
    private(set) var quotes: [Quote] = []
    /// The firmware's event log; nil where there is none.
    private(set) var eventLog: [UInt8]?
    /// The attestation key's certificate, in DER; nil where there is none.
    private(set) var certificate: [UInt8]?
    /// The certificates of its issuers, in DER, in no order.
    private(set) var intermediates: [[UInt8]] = []

    /// Parses a message.
    ///
    /// - Parameter bytes: The message, as `gotpm attest` writes it.
    /// - Throws: `evidence.too-large`, `evidence.truncated`, `evidence.field-invalid` for another wire type, a bank of another
    ///   name, a register outside of a TPM's, or more than a few quotes or certificates.
    init(_ bytes: [UInt8]) throws(AttestationError) {
        guard bytes.count <= Self.maximumSize else {
            throw AttestationError(
                EvidenceCheck.tooLarge,
                subject: Self.subject,
                expected: "at most \(Self.maximumSize) bytes",
                found: "\(bytes.count) bytes"
            )
        }
        var reader = ProtobufReader(bytes[...], subject: Self.subject)
        while let field = try reader.next() {
            switch field.number {
            case 1: publicArea = try field.bytes("ak_pub")
            case 2: quotes.append(try Self.quote(field.bytes("quotes")))
            case 3: eventLog = try field.bytes("event_log")
            case 6: certificate = try field.bytes("ak_cert")
            case 7: intermediates.append(try field.bytes("intermediate_certs"))
            default: continue
            }
            guard quotes.count <= Self.maximumCount, intermediates.count <= Self.maximumCount else {
                throw ProtobufReader.invalid(
                    Self.subject,
                    "quotes, intermediate_certs",
                    "at most \(Self.maximumCount) of each",
                    "more"
                )
            }
        }
    }

    /// The quote of the strongest bank that resists collisions; the first of SHA-1 where there is no other.
    var strongest: Quote? {
        let order: [HashAlgorithm] = [.sha256, .sha384, .sha512, .sha1]
        return order.lazy.compactMap { bank in quotes.first { $0.bank == bank } }.first
    }

    /// The certificates leaf first: each next one is the issuer of the one before.
    func chain() throws(AttestationError) -> [[UInt8]] {
        guard let certificate else { return [] }
        var chain = [certificate]
        var last = try Certificate(der: certificate, role: "ak_cert")
        var left: [Certificate] = []
        for der in intermediates { left.append(try Certificate(der: der, role: "intermediate_certs")) }
        while let index = left.firstIndex(where: { $0.subject == last.issuer }) {
            last = left.remove(at: index)
            chain.append(last.der)
        }
        return chain
    }

    private static func quote(_ bytes: [UInt8]) throws(AttestationError) -> Quote {
        var quote = Quote()
        var reader = ProtobufReader(bytes[...], subject: subject)
        while let field = try reader.next() {
            switch field.number {
            case 1: quote.quote = try field.bytes("quote")
            case 2: quote.signature = try field.bytes("raw_sig")
            case 3: try readRegisters(field.bytes("pcrs"), into: &quote)
            default: continue
            }
        }
        return quote
    }

    private static func readRegisters(_ bytes: [UInt8], into quote: inout Quote) throws(AttestationError) {
        var reader = ProtobufReader(bytes[...], subject: subject)
        while let field = try reader.next() {
            switch field.number {
            case 1: quote.bank = UInt16(exactly: try field.integer("hash")).flatMap(HashAlgorithm.init(tpmAlgorithm:))
            case 2:
                let (number, value) = try register(field.bytes("pcrs"))
                guard quote.registers.updateValue(value, forKey: number) == nil else {
                    throw ProtobufReader.invalid(subject, "pcrs", "each register once", "\(number) twice")
                }
            default: continue
            }
        }
    }

    /// One entry of the map; a missing number is 0, as Protocol Buffers leaves zeros out.
    private static func register(_ bytes: [UInt8]) throws(AttestationError) -> (Int, [UInt8]) {
        var number: UInt64 = 0
        var value: [UInt8] = []
        var reader = ProtobufReader(bytes[...], subject: subject)
        while let field = try reader.next() {
            switch field.number {
            case 1: number = try field.integer("pcrs")
            case 2: value = try field.bytes("pcrs")
            default: continue
            }
        }
        guard let index = Int(exactly: number), (0..<TpmRegisters.maximumCount).contains(index) else {
            throw ProtobufReader.invalid(
                subject,
                "pcrs",
                "a register below \(TpmRegisters.maximumCount)",
                "\(number)"
            )
        }
        return (index, value)
    }
}

extension UnverifiedEvidence {
    /// Parses the attestation message of go-tpm-tools, with the certificates in it or beside it.
    static func goTpm(_ message: [UInt8], beside parts: EvidenceParts) throws(AttestationError) -> UnverifiedEvidence {
        let attestation = try GoTpmAttestation(message)
        guard let quote = attestation.strongest, let bank = quote.bank else {
            throw AttestationError(
                EvidenceCheck.partMissing,
                subject: "attestation",
                fields: ["quotes"],
                expected: "a quote of SHA-256's bank",
                found: "\(attestation.quotes.count) quotes of other banks"
            )
        }
        if let wrong = quote.registers.first(where: { $0.value.count != bank.byteCount }) {
            throw ProtobufReader.invalid(
                "attestation",
                "pcrs",
                "\(bank.byteCount) bytes of \(bank.rawValue)",
                "\(wrong.value.count) in register \(wrong.key)"
            )
        }
        var certificates = try attestation.chain()
        if certificates.isEmpty { certificates = try parts.storedCertificates("ak_certificate") }
        guard !certificates.isEmpty else { throw parts.missing("ak_certificate") }
        certificates += try parts.storedCertificates("ak_intermediate")
        return try UnverifiedEvidence(
            tpmQuote: quote.quote,
            signature: quote.signature,
            publicArea: attestation.publicArea,
            certificates: certificates,
            registers: TpmRegisters([bank: quote.registers]),
            eventLog: attestation.eventLog
        )
    }
}
