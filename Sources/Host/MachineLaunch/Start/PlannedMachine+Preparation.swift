import DeveloperTrust
import Foundation
import Machine
import PackageManifest

extension PlannedMachine {
    /// Prepares the start: checks the hardware, names the developer's authority, chooses ports.
    ///
    /// - Parameters:
    ///   - host: The host.
    ///   - authorityFolder: The folder of the developer's authority, which certifies TPMs; created on first use.
    ///   - notify: Receives the notice of a new authority.
    /// - Throws: `machine.hardware-missing` with every unmet requirement, `machine.port-taken`, `developer.*`.
    package mutating func prepare(
        on host: LaunchHost = .thisHost,
        authorityFolder: String,
        notify: LaunchNotice.Receiver
    ) throws {
        try refuseMissingHardware(of: host)
        if description.platform == .vtpm {
            let isNew = !FileManager.default.fileExists(atPath: authorityFolder)
            let authority = try DeveloperAuthority(in: authorityFolder)
            if isNew { notify(.authorityMade(fingerprint: authority.fingerprint, folder: authorityFolder)) }
            description.authorityFolder = authorityFolder
        }
        try description.network?.choosePorts()
    }

    private func refuseMissingHardware(of host: LaunchHost) throws(MachineError) {
        guard description.platform.isConfidential else { return }
        let lacks = host.facts(description.programs.qemu, description.programs.firmware).lacks(
            for: description.platform
        )
        guard !lacks.isEmpty else { return }
        throw MachineError(
            .hardwareMissing,
            subject: "\(description.platform.rawValue) cannot be launched on this host",
            expected: lacks.map { "\($0.what) (\($0.remedy))" }.joined(separator: ", ")
        )
    }
}
