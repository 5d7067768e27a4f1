public import FoundationEssentials

/// What verified evidence says, in one shape for all kinds, so that one policy can judge them.
public struct Claims: Sendable, Equatable {
    /// The fingerprint of the root that vouches: SHA-256 of its certificate, or of its key where it has none.
    public var root: String
    /// Digests of what runs, by the names of the kind: `measurement`, `mrtd`, `rtmr0`, `mrenclave`, `pcr0`.
    public var measurements: [String: [UInt8]] = [:]
    /// The bytes that the guest had signed along: its nonce and keys, hashed.
    public var reportData: [UInt8] = []
    /// The challenge, where the kind has a field for it besides ``reportData``.
    public var nonce: [UInt8]?
    /// The digest of the key that signed what runs, where the kind has one.
    public var signer: [UInt8]?
    /// The product's number that its signer gave, where the kind has one.
    public var productID: [UInt8]?
    /// The product's security version that its signer gave, where the kind has one.
    public var securityVersion: UInt64?
    /// Whether somebody outside can look into the machine.
    public var isDebug = false
    /// What is authentic but weakens trust, such as debugging or a hash of old: each refuses unless a policy names it.
    public var reservations: [Finding] = []
    /// Names of this very machine, lower-case hexadecimal, by kind: `chip-id`, `ppid`, `module-id`.
    public var machineIDs: [String: String] = [:]
    /// Whose security versions can be compared with each other: a line of processors, or `any` where all can.
    public var tcbLine = "any"
    /// Security versions by component, as the vendor certified them: `bootloader`, `tee`, `snp`, `microcode`.
    public var tcb: [String: UInt64] = [:]
    /// What the vendor says about that platform's security version.
    public var status: TCBStatus = .notStated
    /// The vendor's advisories that apply, such as `INTEL-SA-00615`, sorted.
    public var advisories: [String] = []
    /// Whether a revocation list was at hand.
    public var revocation: Revocation = .notChecked
    /// Each certificate, list and document that verification rested on, with its dates.
    public var endorsements: [EndorsementAge] = []
    /// Everything else that was signed, by the specification's names, as text for people and `--json`.
    public var details: [String: String] = [:]

    package init(root: String) {
        self.root = root
    }

    /// The kind's own reservations, and those that follow from what was not at hand.
    package var allReservations: [Finding] {
        var all = reservations
        if status == .notAppraised { all.append(Finding(EndorsementCheck.statusNotAppraised, subject: "platform")) }
        if revocation == .notChecked { all.append(Finding(EndorsementCheck.revocationNotChecked, subject: "platform")) }
        return all
    }

    /// Whether anyone asked the vendor if a certificate was withdrawn.
    public enum Revocation: Sendable, Equatable {
        /// Every certificate that has a list was looked up in it.
        case checked
        /// No list came with the evidence or from the cache.
        case notChecked
    }
}

/// What the vendor says about a platform's security version; the worst of all parts that were judged.
public enum TCBStatus: String, Sendable, Equatable, CaseIterable, Codable {
    /// The vendor publishes no status for this kind: a policy's minimum versions decide.
    case notStated = "NotStated"
    /// The vendor publishes a status, but the document with it is not at hand.
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

/// One document that verification rested on, and how old it is.
public struct EndorsementAge: Sendable, Equatable {
    /// What sort of document it is: a policy bounds the age of each sort by itself.
    public enum Sort: String, Sendable, Hashable, CaseIterable, Codable {
        /// A certificate: it says itself how long it is good.
        case certificate
        /// A list of withdrawn certificates.
        case revocationList
        /// The vendor's word on security versions, such as TCB info.
        case collateral
        /// The evidence itself, where it says when it was made.
        case evidence
    }

    /// What it is, such as `VCEK` or `TCB info`.
    public let name: String
    /// What sort of document it is.
    public let sort: Sort
    /// When it was issued.
    public let issued: Date
    /// When it ends; nil where it does not say.
    public let expires: Date?

    package init(name: String, sort: Sort = .certificate, issued: Date, expires: Date?) {
        self.name = name
        self.sort = sort
        self.issued = issued
        self.expires = expires
    }

    /// Its age.
    ///
    /// - Parameter now: The time to count to.
    /// - Returns: Whole days since it was issued; never below zero.
    public func ageInDays(at now: Date) -> Int {
        max(0, Int(now.timeIntervalSince(issued) / 86_400))
    }
}
