import Attestation

/// The result of `adyton policy diff`.
struct PolicyDiffReport: Encodable {
    /// Evidence with the reasons to refuse it.
    struct Change: Encodable {
        let evidence: String
        let findings: [Finding]

        init(_ refusal: PolicyComparison.Refusal) {
            evidence = refusal.evidence
            findings = refusal.findings
        }
    }

    let insecure: String?
    let newlyRefused: [Change]
    let newlyAccepted: [String]
    let unchanged: Int
    let unverified: [Change]
    /// What the table of minimum versions demands beyond the new policy.
    let table: [PolicyLintWarning]

    init(_ comparison: PolicyComparison, insecure: String?, table: [PolicyLintWarning] = []) {
        self.table = table
        self.insecure = insecure
        newlyRefused = comparison.newlyRefused.map(Change.init)
        newlyAccepted = comparison.newlyAccepted
        unchanged = comparison.unchanged
        unverified = comparison.unverified.map(Change.init)
    }

    /// The report for a person, ended by a line break.
    var text: String {
        var text = insecure.map { $0 + "\n" } ?? ""
        for change in newlyRefused {
            text += "newly refused: \(change.evidence)\n" + AttestationText.of(change.findings)
        }
        for name in newlyAccepted { text += "newly accepted: \(name)\n" }
        for change in unverified {
            text += "refused whatever the policy: \(change.evidence)\n" + AttestationText.of(change.findings)
        }
        for remark in table { text += "\(remark.path): \(remark.advice)\n" }
        return text + "\(newlyRefused.count) newly refused, \(newlyAccepted.count) newly accepted, "
            + "\(unchanged) unchanged, \(unverified.count) not verified\n"
    }
}
