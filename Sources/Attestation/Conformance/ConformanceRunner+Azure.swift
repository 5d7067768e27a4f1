import Foundation

extension ConformanceRunner {
    /// Answers an entry of the kind `azure-vtpm`.
    static func azure(
        _ vector: ConformanceVector,
        _ files: ConformanceFiles,
        _ now: Date
    ) throws(AttestationError) -> ConformanceAnswer {
        let parts = AzureParts(
            hclReport: try files.required("hcl_report"),
            quote: try files.required("attest"),
            signature: try files.required("signature_raw"),
            registers: try TpmRegisters(json: files.required("pcrs")),
            endorsements: files.has("vcek") ? try snpEndorsements(files) : nil
        )
        return try ConformancePolicy.answer(.azure(parts), vector, now)
    }
}
