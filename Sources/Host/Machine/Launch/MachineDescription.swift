package import PackageManifest
package import StrictJSON

/// All that a machine is started with, but for the content of its files.
///
/// The files travel beside it as open descriptors, in the order kernel, initial file system, disks: whoever started the
/// machine checked them, and a path could mean another file a moment later.
package struct MachineDescription: Codable, Equatable, Sendable {
    /// The machine's name among those of one user on this host.
    package var name: String
    /// What launches and vouches.
    package var platform: Platform
    /// What runs the instructions.
    package var accelerator: Accelerator
    /// Whether each processor is emulated by a thread of its own; one thread emulates them in turn otherwise.
    ///
    /// Only emulation knows it, and only ``EmulatorVersion/hasSafeTranslationThreads`` makes it safe.
    package var hasThreadPerProcessor: Bool
    /// The programs and the firmware that the host brings.
    package var programs: HostPrograms
    /// The guest's memory; part of what the firmware measures.
    package var memoryInMebibytes: Int
    /// The guest's processors.
    package var processors: Int
    /// The kernel's command line, measured.
    package var commandLine: String
    /// The disks in their order, each a piece of an open file.
    package var disks: [Disk]
    /// The guest's network interface, or nil for none.
    package var network: Network?
    /// Whether the guest has a console that the host reads.
    package var isDebug: Bool
    /// What the guest is offered when it asks to begin.
    package var offer: Offer
    /// Where the developer's authority lies that certifies the software TPM's attestation key; nil where nobody does.
    package var authorityFolder: String?
    /// The bounds that the supervisor keeps.
    package var limits: Limits
    /// What was launched, for a list of machines: a package's digest or a path.
    package var identity: String
    /// Whether the machine goes on without the command that started it.
    package var isDetached: Bool

    /// A machine with a kernel and nothing else.
    ///
    /// - Parameters:
    ///   - name: The machine's name.
    ///   - platform: What launches and vouches.
    ///   - accelerator: What runs the instructions.
    ///   - programs: What the host brings.
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

    /// A piece of an open file as a read-only disk.
    package struct Disk: Codable, Equatable, Sendable {
        /// Where the disk begins, in bytes.
        package var offset: Int
        /// The disk's size, a multiple of 512 bytes.
        package var size: Int

        /// - Parameters:
        ///   - offset: Where the disk begins, in bytes.
        ///   - size: Its size in bytes.
        package init(offset: Int = 0, size: Int) {
            self.offset = offset
            self.size = size
        }
    }

    /// The guest's one interface, on a network of its own behind the host's.
    package struct Network: Codable, Equatable, Sendable {
        /// The ports at which the host is reached on the guest's behalf.
        package var ports: [Port]
        /// Whether the guest may open connections of its own; these reach everything that the host reaches.
        package var isOutboundAllowed: Bool

        /// - Parameters:
        ///   - ports: The host's ports that lead into the guest.
        ///   - isOutboundAllowed: Whether the guest may open connections.
        package init(ports: [Port] = [], isOutboundAllowed: Bool = false) {
            self.ports = ports
            self.isOutboundAllowed = isOutboundAllowed
        }
    }

    /// A TCP port of the host that leads to one of the guest.
    package struct Port: Codable, Equatable, Sendable {
        /// The host's address that listens; only the host itself reaches the loopback address.
        package var hostAddress: String
        /// The host's port; 0 until one has been chosen.
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

    /// What the host offers a guest, which takes of it what its measured plan allows.
    package struct Offer: Codable, Equatable, Sendable {
        /// Arguments for the application.
        package var arguments: [String] = []
        /// Variables, `NAME=VALUE`.
        package var environment: [String] = []
        /// The package's manifest, byte for byte; empty where there is no package.
        package var manifest = Base64Bytes([])
        /// The manifest's signature, byte for byte.
        package var manifestSignature = Base64Bytes([])

        /// Nothing.
        package init() {}
    }

    /// How long things may take.
    package struct Limits: Codable, Equatable, Sendable {
        /// From the start of QEMU until the guest is ready.
        package var startInSeconds: Double = 300
        /// Between two signs of life of a guest that is ready.
        package var silenceInSeconds: Double = 30
        /// From the wish to stop until the guest has powered off.
        package var stopInSeconds: Double = 20
        /// From the start of QEMU until the machine is stopped; nil for no limit.
        package var runInSeconds: Double?

        /// The bounds that hold where nothing else is said.
        package init() {}
    }
}

/// The programs and the firmware that a host brings to a machine.
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
