/// The JSON form of a policy, with values still as text and numbers.
struct PolicyFile: Codable {
    struct Package: Codable {
        enum CodingKeys: String, CodingKey, CaseIterable {
            case digests, signers, minimumSecurityVersion, debug, until, kernel, models, sealedModels, measurements
            case productID = "productId"
        }

        var digests: [String]?
        var signers: [String]?
        var productID: String?
        var minimumSecurityVersion: UInt64?
        var debug: Bool?
        var until: String?
        var kernel: [String]?
        var models: [String]?
        var sealedModels: Bool?
        var measurements: [String: [String: [String]]]?
    }

    /// The demanded bits of an SNP guest's policy, with the least ABI.
    struct GuestPolicy: Codable {
        enum CodingKeys: String, CodingKey, CaseIterable {
            case debug, migration, smt, singleSocket, pageSwapDisable, ciphertextHiding
            case minimumABI = "minimumAbi"
        }

        var debug: Bool?
        var migration: Bool?
        var smt: Bool?
        var singleSocket: Bool?
        var pageSwapDisable: Bool?
        var ciphertextHiding: Bool?
        var minimumABI: String?
    }

    /// The demanded bits of an SNP platform's information.
    struct PlatformInfo: Codable {
        enum CodingKeys: String, CodingKey, CaseIterable {
            case smt, tsme, ecc, ciphertextHiding, aliasCheckComplete
        }

        var smt: Bool?
        var tsme: Bool?
        var ecc: Bool?
        var ciphertextHiding: Bool?
        var aliasCheckComplete: Bool?
    }

    struct Platform: Codable {
        enum CodingKeys: String, CodingKey, CaseIterable {
            case measurements, acpiTables, signers, minimumSecurityVersion, machines, statuses, advisories, roots
            case maximumAgeInDays, guestPolicy, platformInfo, products, signingKey, cloud, minimumReportVersion
            case minimumCommittedTCB = "minimumCommittedTcb"
            case minimumLaunchTCB = "minimumLaunchTcb"
            case productIDs = "productIds"
            case minimumTCB = "minimumTcb"
            case tolerated = "tolerate"
        }

        var measurements: [String: [String]]?
        var acpiTables: [[String]]?
        var signers: [String]?
        var productIDs: [String]?
        var minimumSecurityVersion: UInt64?
        var minimumTCB: [String: [String: UInt64]]?
        var machines: [String: [String]]?
        var statuses: [String: String]?
        var advisories: [String: String]?
        var tolerated: [String: String]?
        var maximumAgeInDays: [String: Int]?
        var roots: [String]?
        var guestPolicy: GuestPolicy?
        var platformInfo: PlatformInfo?
        var products: [String]?
        var signingKey: [String]?
        var cloud: [String]?
        var minimumCommittedTCB: [String: [String: UInt64]]?
        var minimumLaunchTCB: [String: [String: UInt64]]?
        var minimumReportVersion: UInt64?
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case schema = "$schema"
        case version, name, package, packages, models, proofs, platforms
    }

    var schema: String?
    var version: Int
    var name: String?
    /// Version 1 alone.
    var package: Package?
    var packages: [Package]?
    var models: [String]?
    var proofs: [[String]]?
    var platforms: [String: Platform]
}
