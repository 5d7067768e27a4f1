import Diagnostics

extension VerifiedEvidence {
    /// Compares what the guest put into its evidence with what a caller expects there.
    ///
    /// Where a kind has no field for a nonce beside the report data, the report data must be the nonce, followed by zeros alone.
    ///
    /// - Parameters:
    ///   - nonce: The nonce; nil for any.
    ///   - reportData: The report data; nil for any. A TPM carries more than 32 bytes as their SHA-256.
    /// - Returns: `policy.report-data-mismatch` for each that differs.
    /// - Throws: `policy.report-data-mismatch` for fewer than 16 bytes, which chance or a guess could match.
    package func mismatches(nonce: [UInt8]?, reportData: [UInt8]?) throws(AttestationError) -> [Finding] {
        var findings: [Finding] = []
        if let nonce {
            let binding = try Binding(reportData: nonce)
            let isCovered = claims.nonce.map { $0 == nonce } ?? binding.covers(claims.reportData, of: kind)
            if !isCovered {
                findings.append(
                    Finding(
                        PolicyCheck.reportDataMismatch,
                        subject: kind.rawValue,
                        fields: ["nonce"],
                        expected: Hexadecimal.text(nonce),
                        found: Hexadecimal.text(claims.nonce ?? claims.reportData)
                    )
                )
            }
        }
        if let reportData {
            let binding = try Binding(reportData: reportData)
            if !binding.covers(claims.reportData, of: kind) {
                findings.append(
                    Finding(
                        PolicyCheck.reportDataMismatch,
                        subject: kind.rawValue,
                        fields: ["REPORT_DATA"],
                        expected: Hexadecimal.text(binding.carried(by: kind)),
                        found: Hexadecimal.text(claims.reportData)
                    )
                )
            }
        }
        return findings
    }
}
