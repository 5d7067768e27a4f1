package import PackageManifest
package import StrictJSON

/// Everything that starts a machine, except the content of its files.
///
/// The files are passed beside it as open descriptors, in the order kernel, initial file system, disks. They were
/// verified when they were opened; a path could name another file a moment later.
package struct MachineDescription: Codable, Equatable, Sendable {
    /// The machine's name, unique for one user on this host.
    package var name: String
    /// The platform that launches and attests the machine.
    package var platform: Platform
    /// The accelerator.
    package var accelerator: Accelerator
    /// Whether a thread per processor emulates the processors; otherwise one thread emulates them in turn.
    ///
    /// It applies to emulation only, and is safe only where ``EmulatorVersion/hasSafeTranslationThreads`` is true.
    package var hasThreadPerProcessor: Bool
    /// The host's programs and firmware.
    package var programs: HostPrograms
    /// The guest's memory, which is part of the measurement.
    package var memoryInMebibytes: Int
    /// The guest's processors.
    package var processors: Int
    /// The kernel's command line, measured.
    package var commandLine: String
    /// The disks in order, each a range of an open file.
    package var disks: [Disk]
    /// The guest's network interface; nil for none.
    package var network: Network?
    /// Whether the guest has a console that the host can read.
    package var isDebug: Bool
    /// What the host offers the guest before the application starts.
    package var offer: Offer
    /// The folder of the developer's authority that certifies the software TPM's attestation key; nil for none.
    package var authorityFolder: String?
    /// The timeouts that the supervisor enforces.
    package var limits: Limits
    /// What was launched, for the list of machines: a package's digest or a path.
    package var identity: String
    /// Whether the machine continues without the command that started it.
    package var isDetached: Bool

    /// Creates a machine with a kernel, without disks, network or limits of its own.
    ///
    /// - Parameters:
    ///   - name: The machine's name.
    ///   - platform: The platform that launches and attests the machine.
    ///   - accelerator: The accelerator.
    ///   - programs: The host's programs and firmware.
    ///   - commandLine: The kernel's command line.
    package init(
        name: String,
        platform: Platform,
        accelerator: Accelerator,
        programs: HostPrograms,
        commandLine: String
    ) {
        self.name = name
        self.platform = platform
        self.accelerator = accelerator
        self.programs = programs
        self.commandLine = commandLine
        hasThreadPerProcessor = false
        memoryInMebibytes = 1024
        processors = 1
        disks = []
        network = nil
        isDebug = false
        offer = Offer()
        limits = Limits()
        identity = ""
        isDetached = false
    }

    /// A range of an open file as a read-only disk.
    package struct Disk: Codable, Equatable, Sendable {
        /// The disk's offset in the file, in bytes.
        package var offset: Int
        /// The disk's size, a multiple of 512 bytes.
        package var size: Int

        /// - Parameters:
        ///   - offset: The disk's offset in the file, in bytes.
        ///   - size: Its size in bytes.
        package init(offset: Int = 0, size: Int) {
            self.offset = offset
            self.size = size
        }
    }

    /// The guest's single network interface, on a private network behind the host's (QEMU's user networking).
    package struct Network: Codable, Equatable, Sendable {
        /// The host ports that are forwarded to the guest.
        package var ports: [Port]
        /// Whether the guest may open outbound connections; these reach everything that the host can reach.
        package var isOutboundAllowed: Bool

        /// - Parameters:
        ///   - ports: The host ports that are forwarded to the guest.
        ///   - isOutboundAllowed: Whether the guest may open outbound connections.
        package init(ports: [Port] = [], isOutboundAllowed: Bool = false) {
            self.ports = ports
            self.isOutboundAllowed = isOutboundAllowed
        }
    }

    /// A TCP port of the host that is forwarded to a port of the guest.
    package struct Port: Codable, Equatable, Sendable {
        /// The host address to listen on; only the host itself can reach the loopback address.
        package var hostAddress: String
        /// The host's port; 0 until one is chosen.
        package var hostPort: UInt16
        /// The guest's port.
        package var guestPort: UInt16

        /// - Parameters:
        ///   - hostAddress: An IPv4 address of the host.
        ///   - hostPort: The host's port, 0 for a free one.
        ///   - guestPort: The guest's port.
        package init(hostAddress: String = "127.0.0.1", hostPort: UInt16, guestPort: UInt16) {
            self.hostAddress = hostAddress
            self.hostPort = hostPort
            self.guestPort = guestPort
        }
    }

    /// What the host offers a guest; the guest accepts only what its measured launch plan allows.
    package struct Offer: Codable, Equatable, Sendable {
        /// Arguments for the application.
        package var arguments: [String] = []
        /// Environment variables, `NAME=VALUE`.
        package var environment: [String] = []
        /// The package's manifest, byte for byte; empty without a package.
        package var manifest = Base64Bytes([])
        /// The manifest's signature, byte for byte.
        package var manifestSignature = Base64Bytes([])

        /// Creates an empty value.
        package init() {}
    }

    /// The timeouts of a machine.
    package struct Limits: Codable, Equatable, Sendable {
        /// From the start of QEMU until the guest is ready.
        package var startInSeconds: Double = 300
        /// Between two heartbeats of a ready guest.
        package var silenceInSeconds: Double = 30
        /// From the stop request until the guest has powered off.
        package var stopInSeconds: Double = 20
        /// From the start of QEMU until the machine is stopped; nil for no limit.
        package var runInSeconds: Double?

        /// Creates the default timeouts.
        package init() {}
    }
}

/// The host's programs and firmware for a machine.
package struct HostPrograms: Codable, Equatable, Sendable {
    /// QEMU's path.
    package var qemu: String
    /// The software TPM's path; nil on a platform that needs none.
    package var swtpm: String?
    /// The UEFI firmware's path.
    package var firmware: String

    /// - Parameters:
    ///   - qemu: QEMU's path.
    ///   - swtpm: The software TPM's path.
    ///   - firmware: The firmware's path.
    package init(qemu: String, swtpm: String?, firmware: String) {
        self.qemu = qemu
        self.swtpm = swtpm
        self.firmware = firmware
    }
}
