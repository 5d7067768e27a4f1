public import FoundationEssentials
import StrictJSON

/// A package's reference values, computed from the package alone; policies are generated from them.
public struct PackageReferenceValues: Sendable, Equatable {
    /// The package's name.
    public var name: String
    /// The digest of its manifest, in lower-case hexadecimal.
    public var digest: String
    /// The fingerprint of its signing key; nil where it is unsigned.
    public var signer: String?
    /// The product ID.
    public var productID: String?
    /// The product's security version.
    public var securityVersion: UInt64?
    /// The digests of its models, in lower-case hexadecimal.
    public var models: [String]
    /// Whether it is a debug package, whose output its host can read.
    public var isDebug: Bool
    /// Its measurements, by platform and name; a measurement may have several values.
    public var platforms: [EvidenceKind: [String: [String]]]

    /// Creates reference values.
    ///
    /// - Parameters:
    ///   - name: The package's name.
    ///   - digest: The digest of its manifest.
    ///   - signer: The fingerprint of its signing key.
    ///   - productID: The product ID.
    ///   - securityVersion: The product's security version.
    ///   - models: The digests of its models.
    ///   - isDebug: Whether its output is readable by its host.
    ///   - platforms: The measurements by platform.
    public init(
        name: String,
        digest: String,
        signer: String? = nil,
        productID: String? = nil,
        securityVersion: UInt64? = nil,
        models: [String] = [],
        isDebug: Bool = false,
        platforms: [EvidenceKind: [String: [String]]] = [:]
    ) {
        self.name = name
        self.digest = digest
        self.signer = signer
        self.productID = productID
        self.securityVersion = securityVersion
        self.models = models
        self.isDebug = isDebug
        self.platforms = platforms
    }
}

extension AppraisalPolicy {
    /// Creates a policy that accepts one package, on the hardware platforms it has measurements for.
    ///
    /// Developer's platforms are left out. The policy of a debug package accepts debug packages.
    ///
    /// - Parameters:
    ///   - package: The package's reference values.
    ///   - table: The least firmware versions, for the platforms that need them.
    public init(from package: PackageReferenceValues, minimumVersions table: MinimumVersions = .builtIn) {
        self.init()
        name = package.name
        var rule = PackageRule()
        rule.digests = [package.digest]
        rule.signers = package.signer.map { [$0] } ?? []
        rule.productID = package.productID
        rule.minimumSecurityVersion = package.securityVersion
        rule.acceptsDebug = package.isDebug
        self.package = rule
        models = package.models
        for (kind, measurements) in package.platforms where !kind.isDeveloperPlatform {
            var rule = PlatformRule(measurements: measurements)
            if [.snp, .azureVtpm].contains(kind) { rule.minimumTCB = table.lines.mapValues(\.components) }
            platforms[kind] = rule
        }
    }

    /// Creates a policy that also accepts the package on developer's platforms, which protect no secrets.
    ///
    /// - Parameters:
    ///   - package: The package's reference values.
    ///   - roots: The fingerprints of the developer's roots; with none, the developer's platforms stay refused.
    ///   - table: The least firmware versions, for the platforms that need them.
    public init(
        from package: PackageReferenceValues,
        trustingInsecureDeveloperRoots roots: [String],
        minimumVersions table: MinimumVersions = .builtIn
    ) {
        self.init(from: package, minimumVersions: table)
        for (kind, measurements) in package.platforms where kind.isDeveloperPlatform {
            var rule = PlatformRule(measurements: measurements)
            rule.roots = roots
            platforms[kind] = rule
        }
    }
}

extension AppraisalPolicy.PlatformRule {
    init(measurements: [String: [String]]) {
        self.init()
        self.measurements = measurements
    }
}

extension PackageReferenceValues {
    /// Reads reference values from a file.
    ///
    /// - Parameter url: A JSON file (Docs/formats/policy.md).
    /// - Throws: `policy-file.unreadable`, `policy-file.invalid`.
    public init(reading url: URL) throws(AttestationError) {
        let data = try JSONDocument.read(url, orFail: PolicyFileCheck.unreadable)
        do throws(JSONError) {
            self = try JSONText.decode(from: Array(data))
        } catch {
            throw AttestationError(PolicyFileCheck.invalid, subject: url.path, found: error.description)
        }
    }
}

extension PackageReferenceValues: Codable {
    private enum Key: String, CodingKey, CaseIterable {
        case name, digest, signer, securityVersion, models, debug, platforms
        case productID = "productId"
    }

    /// Decodes reference values.
    ///
    /// - Parameter decoder: A JSON decoder.
    /// - Throws: `DecodingError` for a missing key, a wrong type or an unknown platform.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        name = try container.decode(String.self, forKey: .name)
        digest = try container.decode(String.self, forKey: .digest).lowercased()
        signer = try container.decodeIfPresent(String.self, forKey: .signer)?.lowercased()
        productID = try container.decodeIfPresent(String.self, forKey: .productID)
        securityVersion = try container.decodeIfPresent(UInt64.self, forKey: .securityVersion)
        models = try container.decodeIfPresent([String].self, forKey: .models)?.map { $0.lowercased() } ?? []
        isDebug = try container.decodeIfPresent(Bool.self, forKey: .debug) ?? false
        platforms = [:]
        let stated = try container.decode([String: [String: [String]]].self, forKey: .platforms)
        for (name, measurements) in stated {
            guard let kind = EvidenceKind(rawValue: name) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .platforms,
                    in: container,
                    debugDescription: "unknown platform \(name)"
                )
            }
            platforms[kind] = measurements.mapValues { $0.map { $0.lowercased() } }
        }
    }

    /// Encodes the reference values.
    ///
    /// - Parameter encoder: A JSON encoder.
    /// - Throws: The encoder's errors.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(name, forKey: .name)
        try container.encode(digest, forKey: .digest)
        try container.encodeIfPresent(signer, forKey: .signer)
        try container.encodeIfPresent(productID, forKey: .productID)
        try container.encodeIfPresent(securityVersion, forKey: .securityVersion)
        if !models.isEmpty { try container.encode(models, forKey: .models) }
        if isDebug { try container.encode(true, forKey: .debug) }
        let named = platforms.map { ($0.key.rawValue, $0.value) }
        try container.encode(Dictionary(uniqueKeysWithValues: named), forKey: .platforms)
    }
}
