import Diagnostics
public import FoundationEssentials

/// What a package alone says of the machines that run it: what a policy is made from.
public struct PackageReferenceValues: Sendable, Equatable {
    /// The package's name.
    public var name: String
    /// The digest of its manifest, in lower-case hexadecimal.
    public var digest: String
    /// The fingerprint of its signer's key; nil where nobody signed it.
    public var signer: String?
    /// The product.
    public var productID: String?
    /// The product's security version.
    public var securityVersion: UInt64?
    /// The digests of its models, in lower-case hexadecimal.
    public var models: [String]
    /// Whether it is a debug package, whose output reaches the host.
    public var isDebug: Bool
    /// The measurements that it has, by platform and name; a measurement may have several values.
    public var platforms: [EvidenceKind: [String: [String]]]

    /// States what a package says.
    ///
    /// - Parameters:
    ///   - name: The package's name.
    ///   - digest: The digest of its manifest.
    ///   - signer: The fingerprint of its signer's key.
    ///   - productID: The product.
    ///   - securityVersion: The product's security version.
    ///   - models: The digests of its models.
    ///   - isDebug: Whether its output reaches the host.
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
    /// Makes a policy that accepts a package on the hardware platforms that it has measurements for, and nothing else.
    ///
    /// A developer's platform is left out, whatever the package says of it. The policy of a debug package says that it
    /// accepts debug ones.
    ///
    /// - Parameter package: What the package says.
    public init(from package: PackageReferenceValues) {
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
            platforms[kind] = PlatformRule(measurements: measurements)
        }
    }

    /// Makes a policy that also accepts the package on a developer's platforms, from which no secret is safe.
    ///
    /// - Parameters:
    ///   - package: What the package says.
    ///   - roots: The fingerprints of the developer's roots; none would accept nothing more.
    public init(from package: PackageReferenceValues, trustingInsecureDeveloperRoots roots: [String]) {
        self.init(from: package)
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
    /// Reads what a package says from a file.
    ///
    /// - Parameter url: JSON (Docs/formats/policy.md).
    /// - Throws: `policy-file.unreadable`, `policy-file.invalid`.
    public init(reading url: URL) throws(AttestationError) {
        let data = try JSONDocument.read(url, orFail: PolicyFileCheck.unreadable)
        do throws(JSONDocument.Failure) {
            self = try JSONDocument.decode(Self.self, data)
        } catch {
            throw AttestationError(PolicyFileCheck.invalid, subject: url.path, found: error.text)
        }
    }
}

extension PackageReferenceValues: Codable {
    private enum Key: String, CodingKey, CaseIterable {
        case name, digest, signer, securityVersion, models, debug, platforms
        case productID = "productId"
    }

    /// Reads what a package says.
    ///
    /// - Parameter decoder: Of JSON.
    /// - Throws: `DecodingError` for a missing or unknown key, another type and an unknown platform.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(Key.allCases.map(\.stringValue))
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

    /// Writes what a package says.
    ///
    /// - Parameter encoder: Of JSON.
    /// - Throws: What the encoder throws.
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
