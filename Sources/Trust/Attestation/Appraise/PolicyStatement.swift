import Diagnostics
import FoundationEssentials

/// Every value of verified evidence that a policy can name, in the policy's own words: a rule that a person can copy.
///
/// Encoded, it is an object of one platform with its rule, as under `platforms` in a policy.
package struct PolicyStatement: Encodable {
    private let platforms: [String: PolicyFile.Platform]

    /// Takes the values from evidence.
    ///
    /// - Parameter evidence: Verified evidence.
    package init(_ evidence: VerifiedEvidence) {
        let claims = evidence.claims
        var rule = AppraisalPolicy.PlatformRule()
        rule.measurements = claims.measurements.mapValues { [Hexadecimal.text($0)] }
        if let tables = claims.acpiTables, !tables.isEmpty {
            rule.acpiTables = [tables.map { Hexadecimal.text($0) }]
        }
        rule.signers = claims.signer.map { [Hexadecimal.text($0)] } ?? []
        rule.productIDs = claims.productID.map { [Hexadecimal.text($0)] } ?? []
        rule.minimumSecurityVersion = claims.securityVersion
        rule.machines = claims.machineIDs.mapValues { [$0] }
        rule.roots = [claims.root]
        Self.fillVersions(&rule, claims)
        platforms = [evidence.kind.rawValue: PolicyFile.Platform(rule)]
    }

    private static func fillVersions(_ rule: inout AppraisalPolicy.PlatformRule, _ claims: Claims) {
        if !claims.tcb.isEmpty { rule.minimumTCB = [claims.tcbLine: claims.tcb] }
        if !claims.committedTCB.isEmpty { rule.minimumCommittedTCB = [claims.tcbLine: claims.committedTCB] }
        if !claims.launchTCB.isEmpty { rule.minimumLaunchTCB = [claims.tcbLine: claims.launchTCB] }
        rule.guestPolicy = claims.guestPolicy
        rule.minimumABI = claims.minimumABI
        rule.platformInfo = claims.platformInfo
        rule.minimumReportVersion = claims.reportVersion
        rule.signingKeys = claims.signingKey.map { [$0] } ?? []
        rule.clouds = claims.cloud.map { [$0] } ?? []
        rule.products = SnpProduct(rawValue: claims.tcbLine).map { [$0.rawValue] } ?? []
    }

    /// The rule as a policy has it, for people; ended by a line break.
    package var text: String { JSONDocument.bytes(self).map { String(decoding: $0, as: UTF8.self) } ?? "" }

    /// Encodes the platform with its rule.
    ///
    /// - Parameter encoder: An encoder.
    /// - Throws: The encoder's errors.
    package func encode(to encoder: any Encoder) throws { try platforms.encode(to: encoder) }
}
