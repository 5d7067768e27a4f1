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
    /// A NitroTPM's attestation document of an AWS instance: the registers of a whole machine, signed by AWS's hypervisor.
    case nitroTpm = "nitrotpm"
    /// A developer's measured virtual machine: a software TPM's quote. No confidentiality from the host.
    case developerVtpm = "vtpm"
    /// A developer's sandbox, without measurement. No confidentiality from the host.
    case developerProcess = "process"

    /// Whether only a developer's root vouches for it, so that it proves nothing about hardware.
    public var isDeveloperPlatform: Bool {
        switch self {
        case .developerVtpm, .developerProcess: true
        case .snp, .tdx, .sgx, .tpm, .azureVtpm, .nitro, .nitroTpm: false
        }
    }

    /// The measurements that a policy must have reference values for, by their names in ``Claims/measurements``.
    ///
    /// For a developer's virtual TPM, any one PCR is enough. Where the hardware behind `azure-vtpm` is a trust domain, it
    /// measures the paravisor in `mrtd` instead of `measurement`.
    public var requiredMeasurements: [String] {
        switch self {
        case .snp: ["measurement"]
        case .azureVtpm: ["measurement"] + softwareRegisters
        case .tpm, .nitroTpm: softwareRegisters
        case .tdx: ["mrtd", "rtmr1", "rtmr2"]
        case .sgx: ["mrenclave"]
        case .nitro: ["pcr0", "pcr1", "pcr2"]
        case .developerVtpm, .developerProcess: []
        }
    }

    /// The TPM registers that together hold every form of kernel, command line and initial file system; empty where no
    /// TPM measures them.
    ///
    /// 4: what the firmware starts (boot loader, kernel, unified kernel image). 8: GRUB's commands and command line. 9: what
    /// GRUB reads, and the kernel's own measurement of command line and initial file system. 11: sections of a unified
    /// kernel image. 12: its overriding command line and credentials. A register that nothing extends is zero: a policy
    /// states that, too, because otherwise another way to boot stays open.
    public var softwareRegisters: [String] {
        switch self {
        case .tpm, .nitroTpm, .azureVtpm: ["pcr4", "pcr8", "pcr9", "pcr11", "pcr12"]
        case .snp, .tdx, .sgx, .nitro, .developerVtpm, .developerProcess: []
        }
    }

    /// Whether the signers that the hardware measured can stand in for reference values.
    ///
    /// In a paravisor's machine the hardware measured the paravisor's signer, which says nothing about the software.
    var measuresSigners: Bool {
        switch self {
        case .snp, .tdx, .sgx, .nitro: true
        case .tpm, .nitroTpm, .azureVtpm, .developerVtpm, .developerProcess: false
        }
    }
}
