/// All that process 1 of the guest has to do, as a package's configuration came to say it.
///
/// The plan is a text file of the initial file system, `/adyton/plan`, so it is measured with it. The root volume is not
/// in it but in the kernel's command line, where a verifier of the measurement reads it.
package struct LaunchPlan: Equatable, Sendable {
    /// Where the plan stands in the initial file system.
    package static let path = "/adyton/plan"
    /// The folder of the initial file system that holds the kernel's modules.
    package static let modulesFolder = "/adyton/modules"

    /// Whether console and application's output reach the host.
    package var isDebug: Bool
    /// The guest's host name.
    package var hostname: String
    /// Files of `modulesFolder`, in loading order; the first that fails stops the start.
    package var modules: [String]
    /// Modules that only some platforms' hardware takes; one that fails is passed over.
    package var optionalModules: [String]
    /// The application, and how it is started.
    package var application: Application
    /// Further file systems, in the order in which they are mounted.
    package var mounts: [Mount]
    /// The network, or nil for none but the loopback interface.
    package var network: Network?
    /// Whether process 1 gives evidence, and whether the application starts without.
    package var attestation: Attestation
    /// The platforms whose evidence is given, by the names of an evidence bundle's kinds; others count as none.
    package var platforms: [String]
    /// When the application counts as ready; nil as soon as it has been started.
    package var readiness: Readiness?
    /// What stands between the application and the network; nil where it is reached itself.
    package var gateway: Gateway?

    /// A plan for an application, with everything else left out.
    ///
    /// - Parameter application: What to start.
    package init(application: Application) {
        isDebug = false
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

    /// What process 1 has to do with evidence.
    package enum Attestation: String, Equatable, Sendable, CaseIterable {
        /// Nothing: the application has nobody to ask.
        case none
        /// To give evidence where the machine has something that vouches for it.
        case offered
        /// To give evidence, and to start nothing where there is none.
        case required
    }

    /// A program and all that it inherits.
    package struct Application: Equatable, Sendable {
        /// The program's absolute path in the root file system.
        package var path: String
        /// The arguments after the program's own name.
        package var arguments: [String] = []
        /// Whether the host's arguments replace `arguments`.
        package var takesHostArguments = false
        /// The environment, `NAME=VALUE`.
        package var environment: [String] = []
        /// The names of variables that the host may set.
        package var hostEnvironment: [String] = []
        /// The working directory.
        package var workingDirectory = "/"
        /// The user and group.
        package var user: UInt32 = 0
        /// The user's group.
        package var group: UInt32 = 0
        /// The most bytes of address space that its processes may have; nil for the machine's memory.
        package var memoryInBytes: UInt64?
        /// The main thread's stack, in bytes; nil for the system's own.
        package var stackInBytes: UInt64?
        /// The most open files.
        package var openFiles: UInt64 = 65536
        /// The most processors that it sees; nil for all.
        package var processors: UInt32?

        /// An application with nothing but a program.
        ///
        /// - Parameter path: The program's absolute path.
        package init(path: String) { self.path = path }
    }

    /// A file system beside the root.
    package enum Mount: Equatable, Sendable {
        /// Memory at a folder of the root file system.
        case memory(target: String, maximumBytes: UInt64?, mode: UInt32)
        /// A folder of the root file system over which changes are kept in memory.
        case overlay(target: String)
        /// A further image, checked through dm-verity; `device` is `b` for the second disk, `c` for the third.
        case image(target: String, device: String, volume: VerityVolume)
    }

    /// The guest's one network interface.
    package struct Network: Equatable, Sendable {
        /// Its address, IPv4 with the prefix's length.
        package var address = "10.0.2.15/24"
        /// The way out; nil where the guest may only be called.
        package var gateway: String?
        /// The name servers that the application is told of, in `/etc/resolv.conf` where that can be written.
        package var nameServers: [String] = []

        /// The interface as QEMU's user network expects it, with no way out.
        package init() {}
    }

    /// Attested TLS in front of an application that speaks plain HTTP.
    ///
    /// The application gets a network of its own with nothing but a loopback interface, which it shares with the gateway
    /// alone; so nothing else of it can be reached, whatever it binds.
    package struct Gateway: Equatable, Sendable {
        /// The program in the gateway's own image.
        package static let program = "/adyton/bin/adyton-gateway"

        /// The machine's port that the gateway answers at.
        package var port: UInt16
        /// The application's port on the loopback interface.
        package var applicationPort: UInt16
        /// Whether the application has the gateway's key, certificate and evidence as files.
        package var hasFiles: Bool
        /// The disk of the gateway's image: `b` for the machine's second.
        package var device: String
        /// The gateway's image.
        package var volume: VerityVolume

        /// A gateway without files.
        ///
        /// - Parameters:
        ///   - port: The machine's port that it answers at.
        ///   - applicationPort: The application's port on the loopback interface.
        ///   - device: The disk of its image.
        ///   - volume: Its image.
        package init(port: UInt16, applicationPort: UInt16, device: String, volume: VerityVolume) {
            self.port = port
            self.applicationPort = applicationPort
            hasFiles = false
            self.device = device
            self.volume = volume
        }
    }

    /// A sign that the application serves.
    package enum Readiness: Equatable, Sendable {
        /// A TCP port of the guest accepts a connection.
        case port(UInt16)
        /// `GET path` on a TCP port of the guest answers with 200.
        case http(port: UInt16, path: String)
    }
}
