/// A notice for the user while a machine is planned and started.
package enum LaunchNotice: Equatable, Sendable {
    /// No confidential platform can be launched here; a measured virtual machine is used instead.
    case noConfidentialPlatform
    /// KVM does not work, for this reason; machines are emulated.
    case softwareEmulation(reason: String)
    /// The developer's authority, which certifies software TPMs, was created in this folder.
    case authorityMade(fingerprint: String, folder: String)

    /// The notice in one line.
    package var text: String {
        switch self {
        case .noConfidentialPlatform:
            "this host has neither SEV-SNP nor TDX (see adyton doctor); taking a measured virtual machine"
        case .softwareEmulation(let reason):
            "KVM cannot be used here (\(reason)); machines run in software, about ten times slower"
        case .authorityMade(let fingerprint, let folder):
            "made a developer's authority for virtual TPMs, \(fingerprint), in \(folder)"
        }
    }

    /// Receives notices, on the thread that plans or starts.
    package typealias Receiver = (LaunchNotice) -> Void
}
