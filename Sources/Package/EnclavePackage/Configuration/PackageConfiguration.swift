package import GuestInterface
package import PackageManifest

/// What a configuration file says: Mystikos's `config.json` as it is, with keys of our own.
///
/// A value of nil means that the file does not say; defaults come in where a plan is made of it.
package struct PackageConfiguration: Equatable, Sendable {
    /// Whether console and output reach the host.
    package var isDebug = false
    package var productID: UInt16 = 0
    package var securityVersion: UInt16 = 0
    /// The memory for the application, in bytes.
    package var memoryInBytes: Int?
    /// The main thread's stack, in bytes.
    package var mainStackInBytes: Int?
    /// How many processors the application sees.
    package var visibleProcessors: Int?
    package var applicationPath: String?
    package var applicationParameters: [String]?
    package var takesHostParameters = false
    /// `NAME=VALUE`.
    package var environment: [String] = []
    package var hostEnvironment: [String] = []
    package var workingDirectory: String?
    package var hostname: String?
    package var mounts: [Mount] = []
    package var name: String?
    package var packageVersion: String?
    package var platforms: [Platform] = Platform.allCases
    /// The machine's processors.
    package var processors: Int?
    package var timeLimitInSeconds: Int?
    package var ports: [UInt16] = []
    package var hasOutboundNetwork = false
    package var nameServers: [String] = []
    package var readiness: Readiness?
    /// nil for the default places.
    package var writable: [Writable]?
    package var modelPacks: [String] = []
    package var user: UserNumber?
    package var openFiles: Int?
    /// Whether the application can ask for evidence, and whether it starts without.
    package var attestation = LaunchPlan.Attestation.offered
    /// What stands between the application and the network; nil where it is reached itself.
    package var gateway: Gateway?
    /// The keys of the file, in its order.
    package var keys: [ConfigurationKey] = []

    /// A file system beside the root.
    package struct Mount: Equatable, Sendable {
        /// What is mounted.
        package enum Kind: String, Sendable, CaseIterable {
            case ext2
            case ramfs
        }

        package var target: String
        package var kind: Kind
        /// The image, or nil where the command line names it; a path is seen from the configuration's folder.
        package var source: String?
        /// The root hash that the image must have, 64 lower-case digits.
        package var rootHash: String?
        /// The signer that the image must have: a PEM file, seen from the configuration's folder.
        package var publicKey: String?
        /// The most bytes of memory; nil for half of the machine's.
        package var sizeInBytes: Int?
    }

    /// A place where the application may write; what it writes is kept in memory, and lost at the end.
    package struct Writable: Equatable, Sendable {
        package var target: String
        /// Whether what stands there stays visible under the changes.
        package var keepsContent = false
        package var sizeInBytes: Int?
        /// The permissions of an empty place.
        package var mode: UInt32 = 0o1777
    }

    /// A sign that the application serves.
    package struct Readiness: Equatable, Sendable {
        package var port: UInt16
        /// A path that answers with 200; nil where an accepted connection is enough.
        package var path: String?

        /// A port that accepts connections once the application serves.
        ///
        /// - Parameter port: The guest's port.
        package init(port: UInt16) { self.port = port }
    }

    /// Attested TLS in front of an application that speaks plain HTTP.
    package struct Gateway: Equatable, Sendable {
        /// The machine's port.
        package var port: UInt16 = 8443
        /// The application's port.
        package var applicationPort: UInt16
        /// Whether the application has key, certificate and evidence as files.
        package var hasFiles = false

        /// Attested TLS at the usual port.
        ///
        /// - Parameter applicationPort: The application's port.
        package init(applicationPort: UInt16) { self.applicationPort = applicationPort }
    }

    /// A user and a group by number.
    package struct UserNumber: Equatable, Sendable {
        package var user: UInt32
        package var group: UInt32

        /// Reads `USER` or `USER:GROUP`; nil for names, which mean nothing before the root is mounted.
        ///
        /// - Parameter text: What a person wrote.
        package init?(_ text: String) {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard (1...2).contains(parts.count), let user = UInt32(parts[0]), let group = UInt32(parts.last ?? "")
            else { return nil }
            self.user = user
            self.group = parts.count == 2 ? group : user
        }
    }

    /// An empty configuration.
    package init() {}
}
