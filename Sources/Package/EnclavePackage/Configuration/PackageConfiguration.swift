package import GuestInterface
package import PackageManifest
package import RootFileSystem

/// A configuration file: Mystikos's `config.json`, with keys of our own.
///
/// A nil value means that the key is absent; ``LaunchPlanBuilder`` applies the defaults.
package struct PackageConfiguration: Equatable, Sendable {
    /// Whether console and output reach the host.
    package var isDebug = false
    package var productID: UInt16 = 0
    package var securityVersion: UInt16 = 0
    /// The memory for the application, in bytes.
    package var memoryInBytes: Int?
    /// The main thread's stack, in bytes.
    package var mainStackInBytes: Int?
    /// The number of processors that the application sees.
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
    /// nil for all that the kernel is allowed on.
    package var platforms: [Platform]?
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
    package var capabilities = Capabilities()
    /// Whether the application can request evidence, and whether it starts without it.
    package var attestation = LaunchPlan.Attestation.offered
    /// The TLS proxy between the application and the network; nil for none.
    package var gateway: Gateway?
    /// The keys of the file, in its order.
    package var keys: [ConfigurationKey] = []

    /// An additional file system.
    package struct Mount: Equatable, Sendable {
        /// The kind of file system.
        package enum Kind: String, Sendable, CaseIterable {
            case ext2
            case ramfs
        }

        package var target: String
        package var kind: Kind
        /// The image's path, relative to the configuration's folder; nil where the command line names it.
        package var source: String?
        /// The image's required root hash, 64 lower-case digits.
        package var rootHash: String?
        /// The image's required signer: the path of a PEM file, relative to the configuration's folder.
        package var publicKey: String?
        /// The maximum memory in bytes; nil for half of the machine's.
        package var sizeInBytes: Int?
        /// Whether the package pins the image's root hash without carrying the image, which is given when it is run.
        package var isGivenAtRun = false

        /// Whose image it may be.
        ///
        /// - Parameter seen: Where a path of the configuration leads.
        /// - Returns: The mount's own root hash and key; nil where it names neither.
        /// - Throws: `package.input-missing`, `key.invalid`.
        package func trust(_ seen: (String) -> String) throws(PackageError) -> ImageTrust? {
            guard rootHash != nil || publicKey != nil else { return nil }
            var trust = ImageTrust()
            if let rootHash { trust.rootHashes.insert(rootHash) }
            guard let publicKey else { return trust }
            return try PackageBuilder.trust(rootHashes: [], publicKeys: [seen(publicKey)], beside: trust)
        }
    }

    /// A writable folder, kept in memory and lost when the machine ends.
    package struct Writable: Equatable, Sendable {
        package var target: String
        /// Whether the existing content stays visible below the changes.
        package var keepsContent = false
        package var sizeInBytes: Int?
        /// The permissions of an empty folder.
        package var mode: UInt32 = 0o1777
    }

    /// A readiness probe.
    package struct Readiness: Equatable, Sendable {
        package var port: UInt16
        /// The path that must respond with status 200; nil where an accepted connection is enough.
        package var path: String?

        /// A probe for a port that accepts connections once the application is ready.
        ///
        /// - Parameter port: The guest's port.
        package init(port: UInt16) { self.port = port }
    }

    /// An attested TLS proxy for an application that speaks plain HTTP.
    package struct Gateway: Equatable, Sendable {
        /// The port that the machine exposes.
        package var port: UInt16 = 8443
        /// The application's port.
        package var applicationPort: UInt16
        /// Whether the application gets key, certificate and evidence as files.
        package var hasFiles = false

        /// Creates a gateway at the default port.
        ///
        /// - Parameter applicationPort: The application's port.
        package init(applicationPort: UInt16) { self.applicationPort = applicationPort }
    }

    /// What the application may do beyond its user's permissions.
    package struct Capabilities: Equatable, Sendable {
        /// The word for what root has in a container.
        package static let containerWord = "container"

        /// The capabilities that are named, for any user.
        package var named: Set<Capability> = []
        /// Whether root has those that it has in a container.
        package var hasContainerSet = false

        /// The capabilities of a user's programs.
        ///
        /// - Parameter user: The user that the application starts as.
        /// - Returns: In ascending order; a user other than root gets none of a container's, as in a container.
        package func granted(to user: UInt32) -> [Capability] {
            named.union(hasContainerSet && user == 0 ? Capability.container : []).sorted()
        }
    }

    /// A user ID and a group ID.
    package struct UserNumber: Equatable, Sendable {
        package var user: UInt32
        package var group: UInt32

        /// Parses `USER` or `USER:GROUP`; nil for names, which only the root file system can resolve.
        ///
        /// - Parameter text: The text.
        package init?(_ text: String) {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard (1...2).contains(parts.count), let user = UInt32(parts[0]), let group = UInt32(parts.last ?? "")
            else { return nil }
            self.user = user
            self.group = parts.count == 2 ? group : user
        }
    }

    /// Creates an empty configuration.
    package init() {}
}
