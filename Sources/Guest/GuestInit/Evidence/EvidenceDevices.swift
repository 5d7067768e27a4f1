import CGuest
import Glibc
import GuestInterface
import TpmCommands

/// The attestation devices, opened before the root switch because the application's `/dev` lacks them.
struct EvidenceDevices {
    private static let eventLog = "\(KernelFiles.security)/tpm0/binary_bios_measurements"
    private static let processorEventLog = "/sys/firmware/acpi/tables/data/CCEL"

    private let tpm: SystemFile?
    private let snp: SystemFile?

    /// Opens the devices that exist.
    static func open() -> EvidenceDevices {
        EvidenceDevices(
            tpm: SystemFile.open("/dev/tpmrm0", O_RDWR | O_NONBLOCK).orNothing,
            snp: SystemFile.open("/dev/sev-guest", O_RDWR).orNothing
        )
    }

    /// Chooses the attester: the processor's reports before a TPM, and only platforms that the plan lists.
    ///
    /// - Parameter plan: The measured plan, which lists the platforms.
    /// - Returns: The attester; ``NoAttester`` where the machine has none that the plan allows.
    func attester(for plan: LaunchPlan) -> any Attester {
        if let processor = processor() {
            // No fallback to weaker evidence where the plan does not list this processor's platform.
            return plan.platforms.contains(processor.platform) ? processor : NoAttester()
        }
        guard plan.platforms.contains("vtpm"), let tpm else { return NoAttester() }
        let made = try? TpmAttester(
            tpm: Tpm(channel: TpmDevice(file: tpm)),
            platform: "vtpm",
            eventLog: SystemCall.contents(of: Self.eventLog).orNothing
        )
        return made ?? NoAttester()
    }

    /// The kernel's reports; nil where this processor has none.
    ///
    /// They are reached through a descriptor, because ``KernelFiles`` leaves no path to them.
    private func processor() -> ReportAttester? {
        guard let configuration = SystemFile.open(KernelFiles.configuration).orNothing else { return nil }
        return ReportAttester(
            files: KernelReportFiles(configuration: configuration),
            folder: "/proc/self/fd/\(configuration.number)/tsm/report",
            device: snp,
            eventLog: SystemCall.contents(of: Self.processorEventLog).orNothing
        )
    }
}
