/// A kind of evidence, under the name that policies and conformance indexes use.
public enum EvidenceKind: String, Sendable, Hashable, CaseIterable, Codable {
    /// An attestation report of AMD SEV-SNP.
    case snp
    /// A quote of Intel TDX.
    case tdx
    /// A quote of an Intel SGX enclave.
    case sgx
    /// A quote of a TPM 2.0 whose attestation key a known authority certified.
    case tpm
    /// A quote of an Azure virtual TPM whose key an SNP report or a TDX quote binds.
    case azureVtpm = "azure-vtpm"
    /// An attestation document of an AWS Nitro enclave.
    case nitro
    /// A developer's measured virtual machine: a quote of a software TPM. No secrecy from the host.
    case developerVtpm = "vtpm"
    /// A developer's sandbox: no measurement at all. No secrecy from the host.
    case developerProcess = "process"

    /// Whether only a developer's own root vouches for it, so that it says nothing about hardware.
    public var isDeveloperPlatform: Bool {
        switch self {
        case .developerVtpm, .developerProcess: true
        case .snp, .tdx, .sgx, .tpm, .azureVtpm, .nitro: false
        }
    }

    /// The measurements that a policy must give reference values for, by the names that ``Claims/measurements`` uses.
    ///
    /// Of a TPM at least one register is needed, whichever it is.
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
