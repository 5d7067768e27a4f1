public import FoundationEssentials

/// The claims of verified evidence, in one form for all kinds, so that one policy type can appraise them.
public struct Claims: Sendable, Equatable {
    /// The fingerprint of the root: SHA-256 of its certificate, or of its key where it has none.
    public var root: String
    /// Measurements of what runs, by the kind's names: `measurement`, `mrtd`, `rtmr0`, `mrenclave`, `pcr0`.
    public var measurements: [String: [UInt8]] = [:]
    /// The digests of what the firmware took for ACPI tables from its host, in their order, out of a replayed event log.
    ///
    /// Empty where the log names none; nil where no log was replayed up to their register.
    public var acpiTables: [[UInt8]]?
    /// The report data chosen by the guest: the digest of its nonce and keys.
    public var reportData: [UInt8] = []
    /// The nonce, where the kind has a field for it in addition to ``reportData``.
    public var nonce: [UInt8]?
    /// The digest of the key that signed what runs, where the kind has one.
    public var signer: [UInt8]?
    /// The product ID that the signer assigned, where the kind has one.
    public var productID: [UInt8]?
    /// The security version that the signer assigned, where the kind has one.
    public var securityVersion: UInt64?
    /// Whether the host can debug the machine.
    public var isDebug = false
    /// Reservations: authentic facts that weaken trust, such as debugging or SHA-1.
    ///
    /// Each refuses unless a policy waives it.
    public var reservations: [Finding] = []
    /// IDs of this machine in lower-case hexadecimal, by kind: `chip-id`, `ppid`, `module-id`.
    public var machineIDs: [String: String] = [:]
    /// The processor line whose TCB versions are comparable, or `any` where all are.
    public var tcbLine = "any"
    /// TCB versions by component, as the vendor certified them: `bootloader`, `tee`, `snp`, `microcode`.
    public var tcb: [String: UInt64] = [:]
    /// TCB versions by component that run now, where the kind has them besides the certified ones.
    public var currentTCB: [String: UInt64] = [:]
    /// TCB versions by component that the firmware can no longer be rolled back from, where the kind has them.
    public var committedTCB: [String: UInt64] = [:]
    /// TCB versions by component when the machine was launched, where the kind has them.
    public var launchTCB: [String: UInt64] = [:]
    /// The bits of an SNP guest's policy: `debug`, `migration`, `smt`, `singleSocket`, `pageSwapDisable`,
    /// `ciphertextHiding`.
    public var guestPolicy: [String: Bool] = [:]
    /// The least firmware that an SNP guest's policy demands.
    public var minimumABI: SnpABIVersion?
    /// The bits of an SNP platform's information: `smt`, `tsme`, `ecc`, `ciphertextHiding`, `aliasCheckComplete`.
    public var platformInfo: [String: Bool] = [:]
    /// The version of the hardware's report, where the kind has one.
    public var reportVersion: UInt64?
    /// The kind of key that signed an SNP report: `vcek` or `vlek`.
    public var signingKey: String?
    /// The CSP id that a VLEK names, in lower case; `none` for a VCEK, nil where the kind has neither.
    public var cloud: String?
    /// The vendor's TCB status.
    public var status: TCBStatus = .notStated
    /// The vendor's advisories that apply, such as `INTEL-SA-00615`, sorted.
    public var advisories: [String] = []
    /// Whether revocation was checked.
    public var revocation: Revocation = .notChecked
    /// All certificates, lists and documents that verification used, with their dates.
    public var endorsements: [Endorsement] = []
    /// Other signed fields, by the specification's names, as text for people and `--json`.
    public var details: [String: String] = [:]

    package init(root: String) {
        self.root = root
    }

    /// The kind's reservations, and those for missing endorsements.
    package var allReservations: [Finding] {
        var all = reservations
        if status == .notAppraised { all.append(Finding(EndorsementCheck.statusNotAppraised, subject: "platform")) }
        if revocation == .notChecked { all.append(Finding(EndorsementCheck.revocationNotChecked, subject: "platform")) }
        return all
    }

    /// Whether revocation was checked.
    public enum Revocation: Sendable, Equatable {
        /// Every certificate that has a revocation list was looked up in it.
        case checked
        /// There was no revocation list, neither in the evidence nor in the cache.
        case notChecked
    }
}

/// The vendor's status of a platform's TCB; the worst of all its parts.
public enum TCBStatus: String, Sendable, Equatable, CaseIterable, Codable {
    /// The vendor publishes no status for this kind; a policy's minimum versions apply.
    case notStated = "NotStated"
    /// The vendor publishes a status, but its document is missing.
    case notAppraised = "NotAppraised"
    case upToDate = "UpToDate"
    case softwareHardeningNeeded = "SWHardeningNeeded"
    case configurationNeeded = "ConfigurationNeeded"
    case configurationAndSoftwareHardeningNeeded = "ConfigurationAndSWHardeningNeeded"
    case relaunchAdvised = "TDRelaunchAdvised"
    case relaunchAdvisedConfigurationNeeded = "TDRelaunchAdvisedConfigurationNeeded"
    case outOfDate = "OutOfDate"
    case outOfDateConfigurationNeeded = "OutOfDateConfigurationNeeded"
    case revoked = "Revoked"
}

/// A document that verification used, with its dates: a certificate, a list or a vendor's statement.
public struct Endorsement: Sendable, Equatable {
    /// The kind of document; a policy limits the age of each kind separately.
    public enum Kind: String, Sendable, Hashable, CaseIterable, Codable {
        /// A certificate, which has its own validity period.
        case certificate
        /// A revocation list.
        case revocationList
        /// A vendor's document about TCB versions, such as TCB info.
        case collateral
        /// The evidence itself, where it has a timestamp.
        case evidence
    }

    /// The document's name, such as `VCEK` or `TCB info`.
    public let name: String
    /// The kind of document.
    public let kind: Kind
    /// When it was issued.
    public let issued: Date
    /// When it expires; nil where it does not say.
    public let expires: Date?

    package init(name: String, kind: Kind = .certificate, issued: Date, expires: Date?) {
        self.name = name
        self.kind = kind
        self.issued = issued
        self.expires = expires
    }

    /// The document's age.
    ///
    /// - Parameter now: The current time.
    /// - Returns: Whole days since it was issued; never negative.
    public func ageInDays(at now: Date) -> Int {
        max(0, Int(now.timeIntervalSince(issued) / 86_400))
    }
}
