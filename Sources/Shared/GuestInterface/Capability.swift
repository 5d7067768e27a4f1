/// A Linux capability (capabilities(7)) that a package may give to its application.
///
/// The launch plan lists an application's capabilities, and ``LaunchPlan/Application`` has none without being told. A
/// capability that is not a case here would let an application out of its confinement, or means nothing in a machine.
package enum Capability: String, CaseIterable, Sendable, Comparable {
    case chown = "CHOWN"
    case dacOverride = "DAC_OVERRIDE"
    case fowner = "FOWNER"
    case fsetid = "FSETID"
    case kill = "KILL"
    case setgid = "SETGID"
    case setuid = "SETUID"
    case setpcap = "SETPCAP"
    case netBindService = "NET_BIND_SERVICE"
    case netRaw = "NET_RAW"
    case ipcLock = "IPC_LOCK"
    case sysChroot = "SYS_CHROOT"
    case sysNice = "SYS_NICE"

    /// What root has in a container, for images whose root starts by changing files' owners and becoming another user.
    ///
    /// Docker's default without `AUDIT_WRITE` (there is no audit), `MKNOD` (no device files), `NET_RAW` (no service needs
    /// it) and `SETFCAP` (programs' file capabilities have no effect).
    package static let container: [Capability] = [
        .chown, .dacOverride, .fowner, .fsetid, .kill, .setgid, .setuid, .setpcap, .netBindService, .sysChroot,
    ]

    /// The number in linux/capability.h.
    package var number: UInt64 {
        switch self {
        case .chown: 0
        case .dacOverride: 1
        case .fowner: 3
        case .fsetid: 4
        case .kill: 5
        case .setgid: 6
        case .setuid: 7
        case .setpcap: 8
        case .netBindService: 10
        case .netRaw: 13
        case .ipcLock: 14
        case .sysChroot: 18
        case .sysNice: 23
        }
    }

    package static func < (left: Capability, right: Capability) -> Bool {
        left.number < right.number
    }

    /// A set as the kernel writes it: a bit for each number.
    ///
    /// - Parameter capabilities: The set's members.
    /// - Returns: The bits.
    package static func bits(_ capabilities: [Capability]) -> UInt64 {
        capabilities.reduce(0) { $0 | 1 << $1.number }
    }
}
