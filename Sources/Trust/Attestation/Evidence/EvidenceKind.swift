/// A kind of evidence, by its name in policies and conformance indexes.
public enum EvidenceKind: String, Sendable, Hashable, CaseIterable, Codable {
    /// An AMD SEV-SNP attestation report.
    case snp
    /// An Intel TDX quote.
    case tdx
    /// An Intel SGX quote.
    case sgx
    /// A TPM 2.0 quote whose attestation key is certified by a known authority.
    case tpm
    /// An Azure virtual TPM's quote whose key is bound by an SNP report or a TDX quote.
    case azureVtpm = "azure-vtpm"
    /// An AWS Nitro enclave's attestation document.
    case nitro
    /// A developer's measured virtual machine: a software TPM's quote. No confidentiality from the host.
    case developerVtpm = "vtpm"
    /// A developer's sandbox, without measurement. No confidentiality from the host.
    case developerProcess = "process"

    /// Whether only a developer's root vouches for it, so that it proves nothing about hardware.
    public var isDeveloperPlatform: Bool {
        switch self {
        case .developerVtpm, .developerProcess: true
        case .snp, .tdx, .sgx, .tpm, .azureVtpm, .nitro: false
        }
    }

    /// The measurements that a policy must have reference values for, by their names in ``Claims/measurements``.
    ///
    /// For a TPM, any one PCR is enough.
    public var requiredMeasurements: [String] {
        switch self {
        case .snp, .azureVtpm: ["measurement"]
        case .tdx: ["mrtd", "rtmr1", "rtmr2"]
        case .sgx: ["mrenclave"]
        case .nitro: ["pcr0", "pcr1", "pcr2"]
        case .tpm, .developerVtpm, .developerProcess: []
        }
    }
}
