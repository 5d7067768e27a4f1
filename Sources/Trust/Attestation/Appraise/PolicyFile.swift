import Diagnostics
import FoundationEssentials

/// The JSON form of a policy, with values still as text and numbers.
struct PolicyFile: Codable {
    struct Package: Codable {
        enum CodingKeys: String, CodingKey, CaseIterable {
            case digests, signers, minimumSecurityVersion, debug
            case productID = "productId"
        }

        var digests: [String]?
        var signers: [String]?
        var productID: String?
        var minimumSecurityVersion: UInt64?
        var debug: Bool?
    }

    struct Platform: Codable {
        enum CodingKeys: String, CodingKey, CaseIterable {
            case measurements, signers, minimumSecurityVersion, machines, statuses, advisories, roots
            case maximumAgeInDays
            case productIDs = "productIds"
            case minimumTCB = "minimumTcb"
            case tolerated = "tolerate"
        }

        var measurements: [String: [String]]?
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
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case schema = "$schema"
        case version, name, package, models, platforms
    }

    var schema: String?
    var version: Int
    var name: String?
    var package: Package?
    var models: [String]?
    var platforms: [String: Platform]
}

extension PolicyFile {
    init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.allCases.map(\.stringValue))
        let container = try decoder.container(keyedBy: CodingKeys.self)
        schema = try container.decodeIfPresent(String.self, forKey: .schema)
        version = try container.decode(Int.self, forKey: .version)
        name = try container.decodeIfPresent(String.self, forKey: .name)
        package = try container.decodeIfPresent(Package.self, forKey: .package)
        models = try container.decodeIfPresent([String].self, forKey: .models)
        platforms = try container.decode([String: Platform].self, forKey: .platforms)
    }
}

extension PolicyFile.Package {
    init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.allCases.map(\.stringValue))
        let container = try decoder.container(keyedBy: CodingKeys.self)
        digests = try container.decodeIfPresent([String].self, forKey: .digests)
        signers = try container.decodeIfPresent([String].self, forKey: .signers)
        productID = try container.decodeIfPresent(String.self, forKey: .productID)
        minimumSecurityVersion = try container.decodeIfPresent(UInt64.self, forKey: .minimumSecurityVersion)
        debug = try container.decodeIfPresent(Bool.self, forKey: .debug)
    }
}

extension PolicyFile.Platform {
    init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(CodingKeys.allCases.map(\.stringValue))
        let container = try decoder.container(keyedBy: CodingKeys.self)
        measurements = try container.decodeIfPresent([String: [String]].self, forKey: .measurements)
        signers = try container.decodeIfPresent([String].self, forKey: .signers)
        productIDs = try container.decodeIfPresent([String].self, forKey: .productIDs)
        minimumSecurityVersion = try container.decodeIfPresent(UInt64.self, forKey: .minimumSecurityVersion)
        minimumTCB = try container.decodeIfPresent([String: [String: UInt64]].self, forKey: .minimumTCB)
        machines = try container.decodeIfPresent([String: [String]].self, forKey: .machines)
        statuses = try container.decodeIfPresent([String: String].self, forKey: .statuses)
        advisories = try container.decodeIfPresent([String: String].self, forKey: .advisories)
        tolerated = try container.decodeIfPresent([String: String].self, forKey: .tolerated)
        maximumAgeInDays = try container.decodeIfPresent([String: Int].self, forKey: .maximumAgeInDays)
        roots = try container.decodeIfPresent([String].self, forKey: .roots)
    }
}
