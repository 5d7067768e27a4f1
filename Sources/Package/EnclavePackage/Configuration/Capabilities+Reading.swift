import GuestInterface
import PackageManifest
import StrictJSON

extension PackageConfiguration.Capabilities {
    /// Capabilities that would let an application out of its confinement: into the kernel, process 1 or the devices.
    private static let breaking: Set<String> = [
        "BPF", "CHECKPOINT_RESTORE", "DAC_READ_SEARCH", "MAC_ADMIN", "MAC_OVERRIDE", "MKNOD", "NET_ADMIN", "PERFMON",
        "SYS_ADMIN", "SYS_BOOT", "SYS_MODULE", "SYS_PTRACE", "SYS_RAWIO", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG",
        "SYSLOG",
    ]
    /// The kernel's other capabilities.
    private static let useless: Set<String> = [
        "AUDIT_CONTROL", "AUDIT_READ", "AUDIT_WRITE", "BLOCK_SUSPEND", "IPC_OWNER", "LEASE", "LINUX_IMMUTABLE",
        "NET_BROADCAST", "SETFCAP", "SYS_PACCT", "WAKE_ALARM",
    ]
    private static let prefix = "CAP_"

    /// Reads names, or one name as a text; each may begin with `CAP_`.
    init(_ value: ConfigurationReader) throws(PackageError) {
        self.init()
        if value.node.string != nil {
            try take(value)
            return
        }
        for element in try value.elements(atMost: 64) { try take(element) }
    }

    private mutating func take(_ value: ConfigurationReader) throws(PackageError) {
        let text = try value.string(longest: 64)
        guard text != Self.containerWord else {
            hasContainerSet = true
            return
        }
        let name = text.hasPrefix(Self.prefix) ? String(text.dropFirst(Self.prefix.count)) : text
        if Self.breaking.contains(name) {
            throw value.unsupported("no \(name): with it an application could leave its confinement")
        }
        if Self.useless.contains(name) { throw value.unsupported("no \(name): it has no use in a machine") }
        guard let capability = Capability(rawValue: name) else {
            let names = Capability.allCases.map(\.rawValue) + [Self.containerWord]
            throw value.failure("one of \(names.joined(separator: ", "))", "\"\(text)\"")
        }
        named.insert(capability)
    }
}
