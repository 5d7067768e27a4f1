/// A relying party's policy: the reference values and rules that evidence has to satisfy.
///
/// An omitted rule requires nothing, with these exceptions, which are always refused: a platform that the policy does
/// not name, a platform rule without reference values for all of the software, an SNP rule without minimum versions, a TCB
/// status other than `UpToDate`, a debuggable machine, a debug package, and evidence whose vendor endorsements were not
/// checked.
public struct AppraisalPolicy: Sendable, Equatable {
    /// Which packages may run, according to the manifest that the signed transcript covers.
    public struct PackageRule: Sendable, Equatable {
        /// The digests of allowed manifests, in lower-case hexadecimal; empty for any.
        public var digests: [String] = []
        /// The fingerprints of allowed signing keys; empty for any.
        public var signers: [String] = []
        /// The product ID; nil for any.
        public var productID: String?
        /// The minimum security version of the product; nil for any.
        public var minimumSecurityVersion: UInt64?
        /// Whether a debug package is allowed, whose output its host can read.
        public var acceptsDebug = false
        /// The last day on which the package is accepted; nil for no end.
        public var until: PolicyDate?
        /// The accepted kinds of kernel; developers' platforms accept any.
        public var kernels: [Binding.PackageFacts.Kernel.Kind] = [.sealed]
        /// The digests of the models that this package may answer with, in lower-case hexadecimal; empty for any.
        public var models: [String] = []
        /// Whether the models must be sealed.
        public var requiresSealedModels = false
        /// Reference values of this package by platform and measurement, beside those of the platform's rule.
        public var measurements: [EvidenceKind: [String: [String]]] = [:]

        /// Creates a rule that requires a package that is not a debug package.
        public init() {}
    }

    /// The requirements for machines of one platform.
    public struct PlatformRule: Sendable, Equatable {
        /// Reference values in lower-case hexadecimal, by measurement; a measurement must equal one of its values.
        public var measurements: [String: [String]] = [:]
        /// The allowed sequences of digests of the host's ACPI tables, in lower-case hexadecimal, as the replayed event log
        /// has them; empty for any tables.
        public var acpiTables: [[String]] = []
        /// The allowed signers of what runs, as the platform measured them; empty for any.
        public var signers: [String] = []
        /// The allowed product IDs, as the platform measured them; empty for any.
        public var productIDs: [String] = []
        /// The minimum security version of the product, as the platform measured it; nil for any.
        public var minimumSecurityVersion: UInt64?
        /// The minimum version of each TCB component, by processor line.
        public var minimumTCB: [String: [String: UInt64]] = [:]
        /// The allowed machines in lower case, by the kind of ID, such as `chip-id`.
        public var machines: [String: [String]] = [:]
        /// Allowed TCB statuses besides `UpToDate`, each until a date.
        public var statuses: [TCBStatus: PolicyDate] = [:]
        /// Advisories that may apply to a platform that is not up to date, each until a date.
        public var advisories: [String: PolicyDate] = [:]
        /// Reservations that are waived, by the name of their check, each until a date.
        public var tolerated: [String: PolicyDate] = [:]
        /// The maximum age of each kind of endorsement, in days.
        public var maximumAgeInDays: [Endorsement.Kind: Int] = [:]
        /// The fingerprints of allowed roots; empty for every root of the platform's vendor.
        public var roots: [String] = []
        /// The demanded bits of an SNP guest's policy, by the names of ``Claims/guestPolicy``.
        public var guestPolicy: [String: Bool] = [:]
        /// The least ABI that the guest's policy may demand of the firmware; nil for any.
        public var minimumABI: SnpABIVersion?
        /// The demanded bits of an SNP platform's information, by the names of ``Claims/platformInfo``.
        public var platformInfo: [String: Bool] = [:]
        /// The allowed lines of processors; empty for any.
        public var products: [String] = []
        /// The allowed signing keys, `vcek` and `vlek`; empty for both.
        public var signingKeys: [String] = []
        /// The allowed clouds, by the CSP id that a VLEK names, in lower case; `none` for a VCEK, empty for any.
        public var clouds: [String] = []
        /// The minimum version of each component that can no longer be rolled back, by processor line.
        public var minimumCommittedTCB: [String: [String: UInt64]] = [:]
        /// The minimum version of each component when the machine was launched, by processor line.
        public var minimumLaunchTCB: [String: [String: UInt64]] = [:]
        /// The least version of the report; nil for any.
        public var minimumReportVersion: UInt64?

        /// Creates a rule without reference values, which refuses every machine until values are set.
        public init() {}
    }

    /// The policy's name.
    public var name: String?
    /// The package rules, of which a machine must satisfy one whole; empty for any package that a platform's reference
    /// values allow.
    public var packages: [PackageRule] = []
    /// The digests of the models that any package may answer with, in lower-case hexadecimal; empty for any.
    public var models: [String] = []
    /// The alternatives of proofs that one machine must bring together; empty for any one of the named platforms.
    public var proofs: [[EvidenceKind]] = []
    /// The allowed platforms with their rules.
    public var platforms: [EvidenceKind: PlatformRule] = [:]

    /// Creates a policy that accepts nothing.
    public init() {}

    /// The first package rule, for policies that have one at most; setting it replaces all of them.
    public var package: PackageRule? {
        get { packages.first }
        set { packages = newValue.map { [$0] } ?? [] }
    }

    /// The developer's platforms that the policy names; evidence of these does not prove hardware protection.
    public var developerPlatforms: [EvidenceKind] {
        platforms.keys.filter(\.isDeveloperPlatform).sorted { $0.rawValue < $1.rawValue }
    }
}
