/// What a person is told while a machine is planned and started.
package enum LaunchNotice: Equatable, Sendable {
    /// No confidential platform can be launched here, and a measured virtual machine is taken.
    case noConfidentialPlatform
    /// KVM cannot be used, for this reason, and machines run in software.
    case softwareEmulation(reason: String)
    /// The developer's authority, which vouches for software TPMs, was made in this folder.
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

    /// Takes notices, on the thread that plans or starts.
    package typealias Receiver = (LaunchNotice) -> Void
}
