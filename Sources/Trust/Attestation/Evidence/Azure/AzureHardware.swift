import Diagnostics

/// The hardware evidence of an Azure confidential VM: an SNP report, or a TD quote made from a TD report.
enum AzureHardware: Sendable {
    case snp(SnpEvidence)
    case tdx(DcapEvidence, domain: TrustDomainReport, report: [UInt8])

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

    /// The report data that the hardware signed.
    var reportData: [UInt8] {
        switch self {
        case .snp(let evidence): Array(evidence.report[.reportData])
        case .tdx(_, let domain, _): domain.reportData
        }
    }

    /// Verifies the report, or the quote and that it was made from the report.
    func verify(_ work: inout VerificationContext) -> Claims? {
        switch self {
        case .snp(let evidence): return evidence.verify(&work)
        case .tdx(let evidence, let domain, let report):
            AzureTdReport(report).check(domain, &work)
            var claims = evidence.verify(&work)
            // Policies for this kind give reference values under this name.
            claims?.measurements["measurement"] = domain.measurement
            return claims
        }
    }

    private static var missing: AttestationError {
        AttestationError(AzureCheck.hardwareMissing, subject: "HCL report", fields: ["report_type"])
    }
}
