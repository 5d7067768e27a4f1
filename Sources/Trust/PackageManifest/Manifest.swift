package import GuestInterface

/// What a package consists of and what it must measure to: signed, and the first member of the file.
///
/// Reading is strict: a document that this type would not have written, byte for byte, is none.
package struct Manifest: Equatable, Sendable {
    /// The only schema that this version reads and writes.
    package static let schema = "adyton.package/1"
    /// The name of the document in a package and in messages.
    package static let documentName = "manifest.json"
    /// The largest part, in bytes.
    package static let largestPart = 1 << 42
    /// The most parts.
    package static let maximumParts = 16

    /// The package's name, for people and file names.
    package var name: String
    /// The publisher's own version, empty where there is none.
    package var version: String
    /// The publisher's number of the product, as Mystikos has it.
    package var productID: UInt16
    /// The publisher's security version: a policy may ask for at least one.
    package var securityVersion: UInt16
    /// Whether console and application's output reach the host; such a package keeps nothing secret.
    package var isDebug: Bool
    /// The kernel's command line, which names the root volume.
    package var commandLine: String
    /// What kernel the machine boots; nil in a manifest of before kernels had kinds, which policies take for no sealed one.
    package var kernel: KernelEntry?
    /// What the launcher has to give.
    package var machine: MachineRequirements
    /// The model packs of the root file system.
    package var modelPacks: [ModelPackEntry]
    /// Every other member of the file, in its order.
    package var parts: [Part]
    /// What a launch must measure to, by platform and then by name, as hexadecimal digits.
    package var referenceValues: [String: [String: String]]

    /// A manifest of nothing yet but what a machine needs.
    ///
    /// - Parameters:
    ///   - name: 1 to 64 letters, digits, "-", "_" or ".".
    ///   - commandLine: The kernel's command line.
    ///   - machine: What the launcher has to give.
    package init(name: String, commandLine: String, machine: MachineRequirements) {
        self.name = name
        version = ""
        productID = 0
        securityVersion = 0
        isDebug = false
        self.commandLine = commandLine
        kernel = nil
        self.machine = machine
        modelPacks = []
        parts = []
        referenceValues = [:]
    }

    /// What kernel a machine boots: process 1 gives evidence to no manifest that names another than the running one.
    package struct KernelEntry: Equatable, Sendable {
        /// The longest release and version, in bytes (Linux, `__NEW_UTS_LEN`).
        package static let longestText = 64

        /// The kind, as the measured plan has it.
        package let kind: LaunchPlan.Kernel
        /// The release, such as `6.12.117-adyton`; what `uname -r` prints.
        package let release: String
        /// The version: number and date of the build, such as `#1 SMP 2026-01-01 00:00:00 UTC`; what `uname -v` prints.
        package let version: String

        /// A kernel that was read.
        ///
        /// - Parameters:
        ///   - kind: The kind, as the measured plan has it.
        ///   - release: At most 64 printable ASCII characters without quotation marks and backslashes.
        ///   - version: The same.
        package init(kind: LaunchPlan.Kernel, release: String, version: String) {
            self.kind = kind
            self.release = release
            self.version = version
        }

        /// Whether a text can be a release or a version: process 1 compares them without JSON's escapes.
        package static func isText(_ text: String) -> Bool {
            text.utf8.count <= longestText
                && text.utf8.allSatisfy { (0x20...0x7e).contains($0) && ![0x22, 0x5c].contains($0) }
        }
    }

    /// A member of the file.
    package struct Part: Equatable, Sendable {
        /// The member's name in the archive.
        package let name: String
        /// The content's size in bytes.
        package let size: Int
        /// SHA-256 of the content, 64 lower-case digits.
        package let sha256: String

        /// A part whose digest is known.
        ///
        /// - Parameters:
        ///   - name: The member's name in the archive.
        ///   - size: The content's size in bytes.
        ///   - sha256: 64 lower-case digits.
        package init(name: String, size: Int, sha256: String) {
            self.name = name
            self.size = size
            self.sha256 = sha256
        }
    }

    /// The names of parts.
    package enum PartName {
        /// The kernel, a bzImage.
        package static let kernel = "kernel"
        /// Process 1, modules and launch plan, in two cpio segments.
        package static let initialFileSystem = "initramfs"
        /// The configuration as the publisher wrote it.
        package static let configuration = "config.json"
        /// The root file system's image, the machine's first disk.
        package static let root = "root.img"

        /// The gateway's image, the machine's last disk.
        package static let gateway = "gateway.img"

        /// The image of a further disk.
        ///
        /// - Parameter index: From 0: the machine's second disk.
        /// - Returns: Its name in the archive.
        package static func mount(_ index: Int) -> String { "mount-\(index + 1).img" }
    }

    /// A model pack in the root file system.
    package struct ModelPackEntry: Equatable, Sendable {
        /// The folder in the root file system.
        package let path: String
        /// The pack's digest (`Docs/formats/model-pack.md`).
        package let digest: String
        /// The model's name, as its card has it.
        package let name: String
        /// The model's version, as its card has it.
        package let version: String

        /// A pack that was read.
        ///
        /// - Parameters:
        ///   - path: The folder in the root file system.
        ///   - digest: 64 lower-case digits.
        ///   - name: The model's name.
        ///   - version: The model's version.
        package init(path: String, digest: String, name: String, version: String) {
            self.path = path
            self.digest = digest
            self.name = name
            self.version = version
        }
    }

    /// A part by its name.
    ///
    /// - Parameter name: The member's name.
    /// - Returns: nil where there is none.
    package func part(_ name: String) -> Part? { parts.first { $0.name == name } }

    /// The root volume, as the command line names it.
    package var root: VerityVolume? { KernelCommandLine(text: commandLine)?.root }

    /// The images of disks, the root first: what a launcher attaches in this order, read-only.
    package var disks: [Part] { parts.filter { $0.name.hasSuffix(".img") } }
}

/// What a machine has to give a package, beside its files.
package struct MachineRequirements: Equatable, Sendable {
    /// The machine's memory in bytes, a multiple of a MiB; some measurements depend on it.
    package var memoryInBytes: Int
    /// The number of virtual processors; some measurements depend on it.
    package var processors: Int
    /// The guest's TCP ports that the host forwards.
    package var ports: [UInt16]
    /// Whether the guest may open connections to the outside.
    package var hasOutboundNetwork: Bool
    /// After how many seconds the machine is stopped; nil for never.
    package var timeLimitInSeconds: Int?
    /// Whether the host's arguments replace those of the configuration.
    package var takesHostArguments: Bool
    /// The names of variables that the host may set.
    package var hostEnvironment: [String]
    /// The platforms for which the publisher made it.
    package var platforms: [Platform]

    /// The needs of a machine with nothing but memory and a processor.
    ///
    /// - Parameters:
    ///   - memoryInBytes: A multiple of a MiB.
    ///   - processors: At least 1.
    package init(memoryInBytes: Int, processors: Int = 1) {
        self.memoryInBytes = memoryInBytes
        self.processors = processors
        ports = []
        hasOutboundNetwork = false
        timeLimitInSeconds = nil
        takesHostArguments = false
        hostEnvironment = []
        platforms = Platform.allCases
    }
}
