/// A relying party's rules: which evidence is good enough.
///
/// Whatever is left out of a rule is not demanded, with these exceptions: a platform that is not named is refused, and
/// so is one without reference values, a status but `UpToDate`, debugging, a debug package, and what was not looked up at
/// the vendor.
public struct AppraisalPolicy: Sendable, Equatable {
    /// Which packages may run, by what the machine states in the transcript that it has signed.
    public struct PackageRule: Sendable, Equatable {
        /// The digests of the packages' manifests, in lower-case hexadecimal; empty for any.
        public var digests: [String] = []
        /// The fingerprints of the keys that may have signed them; empty for any.
        public var signers: [String] = []
        /// The product; nil for any.
        public var productID: String?
        /// The least security version of the product; nil for any.
        public var minimumSecurityVersion: UInt64?
        /// Whether a debug package may run too: whatever its application prints reaches its host.
        public var acceptsDebug = false

        /// Demands nothing but that there is a package, and no debug one.
        public init() {}
    }

    /// Which machines of a platform are good enough.
    public struct PlatformRule: Sendable, Equatable {
        /// Reference values in lower-case hexadecimal, by measurement: each must be one of its values.
        public var measurements: [String: [String]] = [:]
        /// Who may have signed what runs, as the platform measured it; empty for anyone.
        public var signers: [String] = []
        /// Which products may run, as the platform measured them; empty for any.
        public var productIDs: [String] = []
        /// The least security version of the product, as the platform measured it; nil for any.
        public var minimumSecurityVersion: UInt64?
        /// The least version of each component, by line of processors.
        public var minimumTCB: [String: [String: UInt64]] = [:]
        /// Names of machines in lower case, by their kind, such as `chip-id`.
        public var machines: [String: [String]] = [:]
        /// Statuses besides `UpToDate`, each with its last day.
        public var statuses: [TCBStatus: PolicyDate] = [:]
        /// Advisories that may apply to a platform that is not up to date, each with its last day.
        public var advisories: [String: PolicyDate] = [:]
        /// Reservations that are overlooked, by the name of their check, each with its last day.
        public var tolerated: [String: PolicyDate] = [:]
        /// The greatest age of each sort of document.
        public var maximumAgeInDays: [EndorsementAge.Sort: Int] = [:]
        /// The fingerprints of the roots that may vouch; empty for every root of the platform's vendor.
        public var roots: [String] = []

        /// Demands reference values, and has none yet.
        public init() {}
    }

    /// What the policy is called.
    public var name: String?
    /// Which packages may run; nil for any that a platform's reference values let run.
    public var package: PackageRule?
    /// The digests of the models that may answer, in lower-case hexadecimal; empty for any.
    public var models: [String] = []
    /// The platforms with their rules.
    public var platforms: [EvidenceKind: PlatformRule] = [:]

    /// Accepts nothing.
    public init() {}

    /// The developer's platforms that the policy names: with one of them it says nothing about hardware.
    public var developerPlatforms: [EvidenceKind] {
        platforms.keys.filter(\.isDeveloperPlatform).sorted { $0.rawValue < $1.rawValue }
    }
}
