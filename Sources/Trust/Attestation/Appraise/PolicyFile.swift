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
            case measurements, acpiTables, signers, minimumSecurityVersion, machines, statuses, advisories, roots
            case maximumAgeInDays
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
