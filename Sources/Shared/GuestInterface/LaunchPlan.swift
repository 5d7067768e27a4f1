/// The complete configuration of the guest's process 1, generated from a package's configuration.
///
/// The plan is a text file in the initial file system, `/adyton/plan`, so it is measured with it. The root volume is
/// not part of it: it is in the kernel's command line, where a verifier of the measurement reads it.
package struct LaunchPlan: Equatable, Sendable {
    /// The plan's path in the initial file system.
    package static let path = "/adyton/plan"
    /// The directory of the kernel modules in the initial file system.
    package static let modulesFolder = "/adyton/modules"

    /// Whether the console and the application's output reach the host.
    package var isDebug: Bool
    /// The kind of kernel that the plan was made for; process 1 checks that it runs on one.
    package var kernel: Kernel
    /// The guest's host name.
    package var hostname: String
    /// Required kernel modules, file names in `modulesFolder`, in loading order; the first failure stops the boot.
    package var modules: [String]
    /// Modules that only some platforms need; one that fails to load is skipped.
    package var optionalModules: [String]
    /// The application and its process settings.
    package var application: Application
    /// Further file systems, in mount order.
    package var mounts: [Mount]
    /// The network configuration; nil for a loopback interface only.
    package var network: Network?
    /// Whether process 1 provides evidence, and whether the application starts without.
    package var attestation: Attestation
    /// The platforms whose evidence is provided, named by the evidence bundle's kind; others are ignored.
    package var platforms: [String]
    /// The readiness check; nil where the application is ready as soon as it has started.
    package var readiness: Readiness?
    /// The attested gateway in front of the application; nil where the application is exposed directly.
    package var gateway: Gateway?

    /// Creates a plan for an application, with defaults for everything else.
    ///
    /// - Parameter application: The application.
    package init(application: Application) {
        isDebug = false
        kernel = .distribution
        hostname = "adyton"
        modules = []
        optionalModules = []
        self.application = application
        mounts = []
        network = nil
        attestation = .none
        platforms = []
        readiness = nil
        gateway = nil
    }

    /// The kinds of kernel.
    package enum Kernel: String, Equatable, Sendable, CaseIterable {
        /// A kernel of a Linux distribution, which loads modules and has consoles; for machines without hardware secrecy.
        case distribution
        /// The project's own kernel (`Kernel/`): no modules, no way in for the host's ACPI tables, and no console.
        case sealed
        /// Any other kernel, and also for SEV-SNP and TDX, because the publisher asked for that by `--unsealed-kernel`.
        case unsealed
    }

    /// Whether the kernel may be on every platform that the plan names: a distribution's may not be on hardware.
    package var isKernelAllowed: Bool { kernel != .distribution || !platforms.contains { $0 != "vtpm" } }

    /// Whether process 1 provides attestation evidence.
    package enum Attestation: String, Equatable, Sendable, CaseIterable {
        /// No evidence; there is no socket to request it.
        case none
        /// Evidence where the machine has an attester.
        case offered
        /// Evidence is required: without it the application does not start.
        case required
    }

    /// A program and its process settings.
    package struct Application: Equatable, Sendable {
        /// The program's absolute path in the root file system.
        package var path: String
        /// The arguments after the program's name.
        package var arguments: [String] = []
        /// Whether the host's arguments replace `arguments`.
        package var takesHostArguments = false
        /// The environment, `NAME=VALUE`.
        package var environment: [String] = []
        /// The names of the variables that the host may set.
        package var hostEnvironment: [String] = []
        /// The working directory.
        package var workingDirectory = "/"
        /// The user ID.
        package var user: UInt32 = 0
        /// The group ID.
        package var group: UInt32 = 0
        /// The capabilities that its programs have, in ascending order, each once; root has no more than these.
        package var capabilities: [Capability] = []
        /// The address space limit of each process, in bytes; nil for no limit.
        package var memoryInBytes: UInt64?
        /// The main thread's stack limit, in bytes; nil for the system's default.
        package var stackInBytes: UInt64?
        /// The limit of open files.
        package var openFiles: UInt64 = 65536
        /// The number of processors the application may use; nil for all.
        package var processors: UInt32?

        /// Creates an application with defaults for everything but the program.
        ///
        /// - Parameter path: The program's absolute path.
        package init(path: String) { self.path = path }
    }

    /// A file system in addition to the root.
    package enum Mount: Equatable, Sendable {
        /// A tmpfs at a directory of the root file system.
        case memory(target: String, maximumBytes: UInt64?, mode: UInt32)
        /// An overlay over a directory of the root file system; changes are kept in memory.
        case overlay(target: String)
        /// A further image, verified by dm-verity; `device` is `b` for the second disk, `c` for the third.
        case image(target: String, device: String, volume: VerityVolume)
    }

    /// The configuration of the guest's only network interface.
    package struct Network: Equatable, Sendable {
        /// The IPv4 address with its prefix length.
        package var address = "10.0.2.15/24"
        /// The default gateway; nil where the guest has no route to other networks.
        package var gateway: String?
        /// The name servers, written to `/etc/resolv.conf` where the image has that file.
        package var nameServers: [String] = []

        /// Creates the configuration for QEMU's user network, without a default gateway.
        package init() {}
    }

    /// Attested TLS in front of an application that speaks plain HTTP.
    ///
    /// The application runs in a network namespace that has a loopback interface only and that it shares with the
    /// gateway. Whatever address it binds, it is reachable through the gateway only.
    package struct Gateway: Equatable, Sendable {
        /// The program's path in the gateway's own image.
        package static let program = "/adyton/bin/adyton-gateway"

        /// The machine's TCP port that the gateway listens on.
        package var port: UInt16
        /// The application's port on the loopback interface.
        package var applicationPort: UInt16
        /// Whether the application gets the gateway's key, certificate and evidence as files.
        package var hasFiles: Bool
        /// The disk of the gateway's image: `b` for the machine's second.
        package var device: String
        /// The verity volume of the gateway's image.
        package var volume: VerityVolume

        /// Creates a gateway without files for the application.
        ///
        /// - Parameters:
        ///   - port: The machine's TCP port that it listens on.
        ///   - applicationPort: The application's port on the loopback interface.
        ///   - device: The disk of its image, a letter.
        ///   - volume: The verity volume of its image.
        package init(port: UInt16, applicationPort: UInt16, device: String, volume: VerityVolume) {
            self.port = port
            self.applicationPort = applicationPort
            hasFiles = false
            self.device = device
            self.volume = volume
        }
    }

    /// A readiness check for the application.
    package enum Readiness: Equatable, Sendable {
        /// Ready once a TCP port of the guest accepts a connection.
        case port(UInt16)
        /// Ready once one of several TCP ports of the guest accepts a connection.
        case anyPort([UInt16])
        /// Ready once `GET path` on a TCP port of the guest has status 200.
        case http(port: UInt16, path: String)
    }
}
