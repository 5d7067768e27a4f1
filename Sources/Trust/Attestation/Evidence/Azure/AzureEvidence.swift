import Crypto
import Diagnostics

/// The parts of an Azure confidential VM's evidence.
public struct AzureParts: Sendable {
    /// The host compatibility layer's (HCL) report.
    public var hclReport: [UInt8]
    /// The virtual TPM's quote: TPMS_ATTEST.
    public var quote: [UInt8]
    /// The quote's signature: RSASSA with SHA-256, as long as the modulus.
    public var signature: [UInt8]
    /// The quoted PCR values.
    public var registers: TpmRegisters
    /// The processor's certificates, for an SNP report.
    public var endorsements: SnpEndorsements?
    /// The TD quote made from the TD report, for TDX.
    public var domainQuote: [UInt8]?
    /// Intel's collateral, for a TD quote.
    public var collateral: [UInt8]?

    /// Creates the parts.
    ///
    /// - Parameters:
    ///   - hclReport: The content of the virtual TPM's NV index 0x01400001.
    ///   - quote: TPMS_ATTEST.
    ///   - signature: RSASSA with SHA-256.
    ///   - registers: The quoted PCR values.
    ///   - endorsements: The processor's certificates, for an SNP report.
    ///   - domainQuote: The TD quote made from the TD report, for TDX.
    ///   - collateral: Intel's collateral, for a TD quote.
    public init(
        hclReport: [UInt8],
        quote: [UInt8],
        signature: [UInt8],
        registers: TpmRegisters,
        endorsements: SnpEndorsements? = nil,
        domainQuote: [UInt8]? = nil,
        collateral: [UInt8]? = nil
    ) {
        self.hclReport = hclReport
        self.quote = quote
        self.signature = signature
        self.registers = registers
        self.endorsements = endorsements
        self.domainQuote = domainQuote
        self.collateral = collateral
    }
}

/// A virtual TPM's quote whose key is bound by a hardware report.
struct AzureEvidence: EvidenceFormat {
    /// The PCR bank that Azure's quotes cover, by its TPM_ALG_ID.
    private static let bank = TpmQuote.Selection(bank: 0x000B, registers: [])

    let report: AzureHclReport
    let runtimeData: AzureRuntimeData
    let quote: TpmQuote
    let signature: [UInt8]
    let registers: TpmRegisters
    let hardware: AzureHardware

    var kind: EvidenceKind { .azureVtpm }

    init(_ parts: AzureParts) throws(AttestationError) {
        report = try AzureHclReport(parts.hclReport)
        runtimeData = try AzureRuntimeData(report.runtimeData)
        quote = try TpmQuote(parts.quote)
        signature = parts.signature
        registers = parts.registers
        hardware = try AzureHardware(report, parts)
    }

    func verify(_ work: inout VerificationContext) -> Claims? {
        let claims = hardware.verify(&work)
        checkBinding(hardware.reportData, &work)
        checkQuote(&work)
        return claims.map(merged)
    }

    /// The first half of the report data must be the digest of the runtime data, the second half zero.
    private func checkBinding(_ reportData: [UInt8], _ work: inout VerificationContext) {
        let expected = Array(SHA256.hash(data: report.runtimeData)) + [UInt8](repeating: 0, count: 32)
        guard reportData != expected else { return }
        work.refuse(
            AzureCheck.runtimeDataUnbound,
            subject: "HCL report",
            fields: ["runtime data", "REPORT_DATA"],
            expected: Hexadecimal.text(expected),
            found: Hexadecimal.text(reportData)
        )
    }

    private func checkQuote(_ work: inout VerificationContext) {
        let algorithm = SignatureAlgorithm(.rsaPKCS1, .sha256)
        if !runtimeData.attestationKey.signed(quote.bytes, signature: signature, algorithm: algorithm) {
            work.refuse(
                AzureCheck.quoteSignature,
                subject: "quote",
                fields: quote.fields.map(\.name) + ["signature"],
                expected: "a signature of HCLAkPub"
            )
        }
        let presented = registers.banks.mapValues { $0.keys.sorted() }
        let quoted = Dictionary(
            quote.selections.compactMap { selection in
                HashAlgorithm(tpmAlgorithm: selection.bank).map { ($0, selection.registers) }
            },
            uniquingKeysWith: { first, _ in first }
        )
        if presented != quoted || quote.selections.map(\.bank) != [Self.bank.bank] {
            work.refuse(
                AzureCheck.registerSelection,
                subject: "quote",
                fields: ["pcrSelect", "registers"],
                expected: Self.text(presented),
                found: Self.text(quoted)
            )
        }
        if registers.digest(of: quote.selections, hash: .sha256) != quote.registerDigest {
            work.refuse(
                AzureCheck.registerDigest,
                subject: "registers",
                fields: ["registers", "pcrDigest"],
                expected: Hexadecimal.text(quote.registerDigest)
            )
        }
    }

    private static func text(_ banks: [HashAlgorithm: [Int]]) -> String {
        banks.map { "\($0.key.rawValue): \($0.value.map(String.init).joined(separator: " "))" }.sorted()
            .joined(separator: "; ")
    }

    private func merged(_ hardware: Claims) -> Claims {
        var claims = hardware
        for (number, value) in registers.banks[.sha256] ?? [:] { claims.measurements["pcr\(number)"] = value }
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
    /// Parses the evidence of an Azure confidential VM.
    ///
    /// - Parameter parts: The HCL report, the quote with its PCR values, and the hardware's endorsements.
    /// - Returns: The evidence, not verified.
    /// - Throws: `azure.*`, `snp.*`, `evidence.*` and `certificate.*`.
    public static func azure(_ parts: AzureParts) throws(AttestationError) -> UnverifiedEvidence {
        UnverifiedEvidence(try AzureEvidence(parts))
    }
}
