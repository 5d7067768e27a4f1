import Crypto
import Diagnostics

/// The parts of an Azure confidential virtual machine's evidence.
public struct AzureParts: Sendable {
    /// The host compatibility layer's report.
    public var hclReport: [UInt8]
    /// The virtual TPM's quote: TPMS_ATTEST.
    public var quote: [UInt8]
    /// The signature of the quote: RSASSA with SHA-256, as wide as the modulus.
    public var signature: [UInt8]
    /// The registers that were quoted.
    public var registers: TpmRegisters
    /// The processor's certificates, for an SNP report.
    public var endorsements: SnpEndorsements?
    /// The TD quote that was made of the TD report, for a TD report.
    public var trustDomainQuote: [UInt8]?
    /// Intel's collateral for the TD quote, in the JSON that ``UnverifiedEvidence/init(dcapQuote:collateral:eventLog:)``
    /// reads.
    public var collateral: [UInt8]?

    /// Takes the parts.
    ///
    /// - Parameters:
    ///   - hclReport: The content of the virtual TPM's index 0x01400001.
    ///   - quote: TPMS_ATTEST.
    ///   - signature: RSASSA with SHA-256.
    ///   - registers: The registers that were quoted.
    ///   - endorsements: The processor's certificates, for an SNP report.
    ///   - trustDomainQuote: The TD quote that was made of the TD report, for a TD report.
    ///   - collateral: Intel's collateral for the TD quote.
    public init(
        hclReport: [UInt8],
        quote: [UInt8],
        signature: [UInt8],
        registers: TpmRegisters,
        endorsements: SnpEndorsements? = nil,
        trustDomainQuote: [UInt8]? = nil,
        collateral: [UInt8]? = nil
    ) {
        self.hclReport = hclReport
        self.quote = quote
        self.signature = signature
        self.registers = registers
        self.endorsements = endorsements
        self.trustDomainQuote = trustDomainQuote
        self.collateral = collateral
    }
}

/// A quote of a virtual TPM whose key a hardware report binds.
struct AzureEvidence: EvidenceFormat {
    /// What the hardware signed.
    enum Hardware: Sendable {
        case snp(SnpEvidence)
        case tdx(DcapEvidence, TrustDomainReport)

        /// The bytes that the hardware signed along.
        var reportData: [UInt8] {
            switch self {
            case .snp(let evidence): Array(evidence.report[.reportData])
            case .tdx(_, let report): report.reportData
            }
        }
    }

    let report: AzureHclReport
    let runtimeData: AzureRuntimeData
    let quote: TpmAttestation
    let selections: [TpmAttestation.Selection]
    let registerDigest: [UInt8]
    let signature: [UInt8]
    let registers: [HashAlgorithm: [Int: [UInt8]]]
    let hardware: Hardware

    var kind: EvidenceKind { .azureVtpm }

    init(_ parts: AzureParts) throws(AttestationError) {
        report = try AzureHclReport(parts.hclReport)
        runtimeData = try AzureRuntimeData(report.runtimeData)
        quote = try TpmAttestation(parsing: parts.quote)
        guard case .quote(let selections, let digest) = quote.statement else {
            throw AttestationError(TpmCheck.notAQuote, subject: "quote", fields: ["type"])
        }
        self.selections = selections
        registerDigest = digest
        signature = parts.signature
        registers = try TpmEvidence.registers(parts.registers)
        hardware = try Self.hardware(report, parts)
    }

    func verify(_ work: inout VerificationWork) -> Claims? {
        let claims: Claims?
        switch hardware {
        case .snp(let evidence): claims = evidence.verify(&work)
        case .tdx(let evidence, let body):
            claims = evidence.verify(&work)
            AzureTdReport(report.hardwareReport).check(body, &work)
        }
        checkBinding(&work)
        checkQuote(&work)
        return claims.map(merged)
    }

    private static func hardware(
        _ report: AzureHclReport,
        _ parts: AzureParts
    ) throws(AttestationError) -> Hardware {
        switch report.hardware {
        case .snp:
            if let endorsements = parts.endorsements {
                return .snp(try SnpEvidence(report: SnpReport(report.hardwareReport), endorsements))
            }
        case .tdx:
            guard let quote = parts.trustDomainQuote else { break }
            var collateral: DcapCollateral?
            if let json = parts.collateral { collateral = try DcapCollateral(parsing: json) }
            let evidence = try DcapEvidence(quote: quote, collateral: collateral)
            if case .trustDomain(let body) = evidence.quote.body { return .tdx(evidence, body) }
        }
        throw AttestationError(
            AzureCheck.hardwareMissing,
            subject: "HCL report",
            fields: ["report_type"],
            expected: report.hardware == .snp ? "the processor's certificates" : "a TD quote"
        )
    }

    /// The first half of the report data is the digest of the runtime data, the second half zero.
    private func checkBinding(_ work: inout VerificationWork) {
        let expected = Array(SHA256.hash(data: report.runtimeData)) + [UInt8](repeating: 0, count: 32)
        let found = hardware.reportData
        guard found != expected else { return }
        work.refuse(
            AzureCheck.runtimeDataUnbound,
            subject: "HCL report",
            fields: ["runtime data", "REPORT_DATA"],
            expected: Hexadecimal.text(expected),
            found: Hexadecimal.text(found)
        )
    }

    private func checkQuote(_ work: inout VerificationWork) {
        let algorithm = SignatureAlgorithm(.rsaPKCS1, .sha256)
        if !runtimeData.attestationKey.signed(quote.bytes, signature: signature, algorithm: algorithm) {
            work.refuse(
                AzureCheck.quoteSignature,
                subject: "quote",
                fields: Self.quoteFields,
                expected: "a signature of HCLAkPub"
            )
        }
        let presented = registers.mapValues { $0.keys.sorted() }
        let quoted = Dictionary(
            selections.map { ($0.bank, $0.registers) },
            uniquingKeysWith: { first, _ in first }
        )
        if presented != quoted || selections.map(\.bank) != [.sha256] {
            work.refuse(
                AzureCheck.registerSelection,
                subject: "quote",
                fields: ["pcrSelect", "registers"],
                expected: Self.text(presented),
                found: Self.text(quoted)
            )
        }
        let values = selections.flatMap { selection in
            selection.registers.map { registers[selection.bank]?[$0] ?? [] }
        }
        if Array(SHA256.hash(data: values.flatMap(\.self))) != registerDigest {
            work.refuse(
                AzureCheck.registerDigest,
                subject: "registers",
                fields: ["registers", "pcrDigest"],
                expected: Hexadecimal.text(registerDigest)
            )
        }
    }

    /// What the quote's signature covers, by the TPM's names, and the signature.
    static let quoteFields = [
        "magic", "type", "qualifiedSigner", "extraData", "clock", "resetCount", "restartCount", "safe",
        "firmwareVersion", "pcrSelect", "pcrDigest", "signature",
    ]

    private static func text(_ banks: [HashAlgorithm: [Int]]) -> String {
        banks.map { "\($0.key.rawValue): \($0.value.map(String.init).joined(separator: " "))" }.sorted()
            .joined(separator: "; ")
    }

    private func merged(_ hardware: Claims) -> Claims {
        var claims = hardware
        for (number, value) in registers[.sha256] ?? [:] { claims.measurements["pcr\(number)"] = value }
        if let measurement = claims.measurements["mrtd"] { claims.measurements["measurement"] = measurement }
        claims.reportData = quote.extraData
        claims.machineIDs["vm-unique-id"] = runtimeData.machineID?.lowercased()
        claims.details["user-data"] = runtimeData.userData
        claims.details["secure-boot"] = runtimeData.hasSecureBoot.map { "\($0)" }
        claims.details["clock"] = "\(quote.clock)"
        claims.details["resetCount"] = "\(quote.resetCount)"
        claims.details["restartCount"] = "\(quote.restartCount)"
        return claims
    }
}

extension UnverifiedEvidence {
    /// Reads the evidence of an Azure confidential virtual machine.
    ///
    /// - Parameter parts: The report, the quote with its registers, and what vouches for the hardware.
    /// - Returns: The evidence, not verified.
    /// - Throws: The names that begin with `azure.`, `snp.`, `evidence.` and `certificate.`.
    public static func azure(_ parts: AzureParts) throws(AttestationError) -> UnverifiedEvidence {
        UnverifiedEvidence(try AzureEvidence(parts))
    }
}
