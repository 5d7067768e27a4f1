import CGuest
import Glibc
import GuestInterface
import TpmCommands

/// What may vouch for this machine, opened before the application has a /dev that lacks it.
struct EvidenceDevices {
    private static let eventLog = "/sys/kernel/security/tpm0/binary_bios_measurements"
    private static let processorEventLog = "/sys/firmware/acpi/tables/data/CCEL"

    private let tpm: SystemFile?
    private let snp: SystemFile?

    /// Opens what there is.
    static func open() -> EvidenceDevices {
        EvidenceDevices(
            tpm: SystemFile.open("/dev/tpmrm0", O_RDWR | O_NONBLOCK).orNothing,
            snp: SystemFile.open("/dev/sev-guest", O_RDWR).orNothing
        )
    }

    /// Chooses what vouches: the processor itself before a TPM, and only what the plan knows.
    ///
    /// - Parameter plan: Names the platforms.
    /// - Returns: What vouches; ``NoAttester`` where nothing does.
    func attester(for plan: LaunchPlan) -> any Attester {
        let log = SystemCall.contents(of: Self.processorEventLog).orNothing
        if let processor = ReportAttester(device: snp, eventLog: log) {
            // Never weaker evidence in its place: the plan did not mean this machine.
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
}
