extension VerifiedEvidence {
    /// What a host decides and a policy does not judge, for reports; a sentence each.
    ///
    /// - Parameters:
    ///   - policy: The policy; nil for none.
    ///   - package: The package that the machine states; nil for none.
    /// - Returns: The sentences; empty where everything is judged.
    package func unjudged(by policy: AppraisalPolicy?, package: Binding.PackageFacts?) -> [String] {
        switch kind {
        case .sgx, .nitro, .developerProcess: return []
        case .snp, .tdx, .tpm, .azureVtpm, .developerVtpm, .nitroTpm: break
        }
        var sentences: [String] = []
        if policy?.platforms[kind]?.acpiTables.isEmpty ?? true {
            let count = claims.acpiTables?.count ?? 0
            var sentence = "the ACPI tables that the host wrote: "
            sentence +=
                count == 0
                ? "no event log here measures them" : "measured (\(count) digests), and no rule acpiTables names them"
            if package?.kernel?.kind == .sealed {
                sentence += "; the sealed kernel lets their code reach no private memory"
            }
            sentences.append(sentence)
        }
        if package == nil { sentences.append("the kernel's kind: no package that the evidence bears out states it") }
        return sentences
    }
}
