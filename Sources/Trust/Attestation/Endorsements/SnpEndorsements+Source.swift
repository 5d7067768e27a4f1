import Diagnostics

extension SnpReport {
    /// The number of days after which AMD's revocation list is requested again.
    private static let listAgeInDays = 7
    private static let service = "https://kdsintf.amd.com"

    /// The request for the VCEK certificate at AMD's Key Distribution Service (document 57230).
    ///
    /// - Parameter product: The processor line; a report of version 2 does not contain it.
    /// - Returns: nil for a VLEK, whose certificate comes from the cloud provider, and for a report with a masked chip
    ///   ID.
    public func signingKeyRequest(_ product: SnpProduct) -> EndorsementRequest? {
        let chipID = Array(self[.chipID])
        guard signingKey == .vcek, number(.keyInfo) & 2 == 0, !chipID.allSatisfy({ $0 == 0 }) else { return nil }
        let name = Hexadecimal.text(product == .turin ? chipID.prefix(8) : chipID[...])
        let reported = Array(self[.reportedTCB])
        let short = ["fmc": "fmcSPL", "bootloader": "blSPL", "tee": "teeSPL", "snp": "snpSPL", "microcode": "ucodeSPL"]
        let versions = product.components.map { (short[$0.name] ?? $0.name, reported[$0.byte]) }
        return EndorsementRequest(
            name: "amd-vcek-\(product.rawValue)-\(name)-\(Hexadecimal.text(reported)).der",
            url: "\(Self.service)/vcek/v1/\(product.rawValue)/\(name)?"
                + versions.map { "\($0.0)=\($0.1)" }.joined(separator: "&"),
            maximumAgeInDays: nil
        )
    }

    /// The request for the certificates above the report's key, in PEM.
    ///
    /// - Parameter product: The processor line.
    /// - Returns: The request.
    public func chainRequest(_ product: SnpProduct) -> EndorsementRequest {
        let kind = signingKey == .vlek ? "vlek" : "vcek"
        return EndorsementRequest(
            name: "amd-\(kind)-\(product.rawValue)-chain.pem",
            url: "\(Self.service)/\(kind)/v1/\(product.rawValue)/cert_chain",
            maximumAgeInDays: nil
        )
    }

    /// The request for the revocation list, in DER.
    ///
    /// - Parameter product: The processor line.
    /// - Returns: The request.
    public func revocationListRequest(_ product: SnpProduct) -> EndorsementRequest {
        let kind = signingKey == .vlek ? "vlek" : "vcek"
        return EndorsementRequest(
            name: "amd-\(kind)-\(product.rawValue).crl",
            url: "\(Self.service)/\(kind)/v1/\(product.rawValue)/crl",
            maximumAgeInDays: Self.listAgeInDays
        )
    }
}

extension SnpEndorsements {
    /// Fetches the endorsements that AMD publishes for a report's processor.
    ///
    /// - Parameters:
    ///   - report: The report.
    ///   - product: The processor line, where the report does not contain it.
    ///   - source: A cache in front of AMD's service.
    /// - Returns: The certificates and the revocation list; without the list where the source has none.
    /// - Throws: `evidence.part-missing` where the source lacks a certificate, `snp.product-unknown`, and the source's
    ///   errors.
    public static func published(
        for report: SnpReport,
        product: SnpProduct? = nil,
        from source: some EndorsementSource
    ) async throws -> SnpEndorsements {
        guard let product = report.product ?? product else {
            throw AttestationError(SnpCheck.productUnknown, subject: "report", fields: ["CPUID"])
        }
        guard let request = report.signingKeyRequest(product),
            let key = try await source.document(for: request)
        else { throw AttestationError(EvidenceCheck.partMissing, subject: "VCEK", fields: ["vcek"]) }
        guard let pem = try await source.document(for: report.chainRequest(product)) else {
            throw AttestationError(EvidenceCheck.partMissing, subject: "ASK", fields: ["ask"])
        }
        let chain = try PemText.blocks(pem, subject: "AMD's chain")
        guard chain.count == 2 else {
            throw AttestationError(EvidenceCheck.partMissing, subject: "ASK and ARK", fields: ["ask", "ark"])
        }
        return SnpEndorsements(
            signingKey: key,
            intermediate: chain[0],
            root: chain[1],
            revocationList: try await source.document(for: report.revocationListRequest(product))
        )
    }
}
