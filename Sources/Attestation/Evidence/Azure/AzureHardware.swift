import Diagnostics

/// What vouches for an Azure confidential virtual machine: an SNP report, or a TD quote that was made of a TD report.
enum AzureHardware: Sendable {
    case snp(SnpEvidence)
    case tdx(DcapEvidence, domain: TrustDomainReport, report: [UInt8])

    /// A TD report's fields and those of a quote's body that must be the same: name, place in each, and width.
    ///
    /// The report has them in three structures (Intel TDX Module, REPORTMACSTRUCT, TEE_TCB_INFO and TDINFO_STRUCT).
    private static let sharedFields: [(name: String, report: Int, body: Int, count: Int)] = [
        ("REPORTDATA", 128, 520, 64), ("TEE_TCB_SVN", 264, 0, 16), ("MRSEAM", 280, 16, 48),
        ("MRSIGNERSEAM", 328, 64, 48), ("SEAMATTRIBUTES", 376, 112, 8), ("TDATTRIBUTES", 512, 120, 8),
        ("XFAM", 520, 128, 8), ("MRTD", 528, 136, 48), ("MRCONFIGID", 576, 184, 48), ("MROWNER", 624, 232, 48),
        ("MROWNERCONFIG", 672, 280, 48), ("RTMR0", 720, 328, 48), ("RTMR1", 768, 376, 48), ("RTMR2", 816, 424, 48),
        ("RTMR3", 864, 472, 48),
    ]

    init(_ report: AzureHclReport, _ parts: AzureParts) throws(AttestationError) {
        switch report.hardware {
        case .snp:
            guard let endorsements = parts.endorsements else { throw Self.missing }
            var evidence = try SnpEvidence(report: SnpReport(report.hardwareReport), endorsements)
            evidence.kind = .azureVtpm
            self = .snp(evidence)
        case .tdx:
            guard let quote = parts.domainQuote else { throw Self.missing }
            var collateral: DcapCollateral?
            if let json = parts.collateral { collateral = try DcapCollateral(parsing: json) }
            var evidence = try DcapEvidence(quote: quote, collateral: collateral)
            guard case .trustDomain(let domain) = evidence.quote.body else { throw Self.missing }
            evidence.kind = .azureVtpm
            self = .tdx(evidence, domain: domain, report: report.hardwareReport)
        }
    }

    /// What the hardware signed along.
    var reportData: [UInt8] {
        switch self {
        case .snp(let evidence): Array(evidence.report[.reportData])
        case .tdx(_, let domain, _): domain.reportData
        }
    }

    /// Verifies the report, or the quote and that it is of the report.
    func verify(_ work: inout VerificationWork) -> Claims? {
        switch self {
        case .snp(let evidence): return evidence.verify(&work)
        case .tdx(let evidence, let domain, let report):
            let offset = evidence.quote.version == 5 ? 54 : 48
            let body = evidence.quote.signedBytes.dropFirst(offset)
            let differing = Self.sharedFields.filter { field in
                !report.dropFirst(field.report).prefix(field.count)
                    .elementsEqual(body.dropFirst(field.body).prefix(field.count))
            }
            if !differing.isEmpty {
                work.refuse(
                    AzureCheck.hardwareReportMismatch,
                    subject: "TD report",
                    fields: differing.map(\.name)
                )
            }
            var claims = evidence.verify(&work)
            // The name that policies for this kind give reference values for.
            claims?.measurements["measurement"] = domain.measurement
            return claims
        }
    }

    private static var missing: AttestationError {
        AttestationError(AzureCheck.hardwareMissing, subject: "HCL report", fields: ["report_type"])
    }
}
