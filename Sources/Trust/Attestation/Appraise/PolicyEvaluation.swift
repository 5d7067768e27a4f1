import Diagnostics
import FoundationEssentials

/// The evaluation of one policy on one machine's evidence; it collects all findings.
struct PolicyEvaluation {
    let policy: AppraisalPolicy
    let evidence: VerifiedEvidence
    let now: Date
    private(set) var findings: [Finding] = []
    private(set) var waivers: [Peer.PolicyWaiver] = []

    init(policy: AppraisalPolicy, evidence: VerifiedEvidence, now: Date) {
        self.policy = policy
        self.evidence = evidence
        self.now = now
    }

    var claims: Claims { evidence.claims }
    var subject: String { evidence.kind.rawValue }

    /// Checks everything but the binding to a peer.
    mutating func checkPlatform() {
        guard let rule = policy.platforms[evidence.kind] else {
            let named = policy.platforms.keys.map(\.rawValue).sorted().joined(separator: ", ")
            refuse(.platformNotNamed, expected: named.isEmpty ? "none" : named, found: subject)
            return
        }
        checkProofs()
        checkRoot(rule)
        checkTables(rule)
        checkProduct(rule)
        checkVersions(rule)
        checkProcessor(rule)
        checkMachine(rule)
        checkStatus(rule)
        for reservation in claims.reservations(besides: rule)
        where !waive(reservation.id, rule.tolerated[reservation.id]) {
            findings.append(reservation)
        }
        checkAges(rule)
    }

    /// Checks that the evidence belongs to the peer.
    mutating func check(_ binding: Binding) {
        if !binding.covers(claims.reportData, of: evidence.kind) {
            refuse(
                .reportDataMismatch,
                fields: ["REPORT_DATA"],
                expected: Hexadecimal.text(binding.carried(by: evidence.kind)),
                found: Hexadecimal.text(claims.reportData)
            )
        }
        let namesPackage = !policy.packages.isEmpty || !policy.models.isEmpty
        if binding.package == nil, namesPackage { refuse(.packageUnbound) }
    }

    /// Takes over what a trial of one package's rule has found.
    mutating func take(_ trial: PolicyEvaluation) {
        findings += trial.findings
        waivers += trial.waivers
    }

    private mutating func checkRoot(_ rule: AppraisalPolicy.PlatformRule) {
        guard evidence.kind.isDeveloperPlatform || !rule.roots.isEmpty else { return }
        guard !rule.roots.contains(claims.root) else { return }
        let named = rule.roots.isEmpty ? "none" : rule.roots.joined(separator: " or ")
        refuse(.rootNotNamed, expected: named, found: claims.root)
    }

    /// What the host hands over as ACPI tables, compared whole: one more table is another sequence.
    private mutating func checkTables(_ rule: AppraisalPolicy.PlatformRule) {
        guard !rule.acpiTables.isEmpty else { return }
        guard let found = claims.acpiTables?.map({ Hexadecimal.text($0) }), !found.isEmpty else {
            refuse(.acpiTablesMissing, fields: ["ACPI tables"])
            return
        }
        guard !rule.acpiTables.contains(found) else { return }
        refuse(
            .acpiTablesMismatch,
            fields: ["ACPI tables"],
            expected: rule.acpiTables.map { $0.joined(separator: ", ") }.joined(separator: " or "),
            found: found.joined(separator: ", ")
        )
    }

    private mutating func checkProduct(_ rule: AppraisalPolicy.PlatformRule) {
        let signer = claims.signer.map(Hexadecimal.text) ?? "none"
        if !rule.signers.isEmpty, !rule.signers.contains(signer) {
            refuse(.signerMismatch, expected: rule.signers.joined(separator: " or "), found: signer)
        }
        let product = claims.productID.map(Hexadecimal.text) ?? "none"
        if !rule.productIDs.isEmpty, !rule.productIDs.contains(product) {
            refuse(.productMismatch, expected: rule.productIDs.joined(separator: " or "), found: product)
        }
        if let minimum = rule.minimumSecurityVersion, claims.securityVersion.map({ $0 < minimum }) ?? true {
            refuse(
                .securityVersionLow,
                expected: "at least \(minimum)",
                found: claims.securityVersion.map { "\($0)" } ?? "none"
            )
        }
    }

    private mutating func checkMachine(_ rule: AppraisalPolicy.PlatformRule) {
        for (kind, names) in rule.machines.sorted(by: { $0.key < $1.key }) {
            let found = claims.machineIDs[kind] ?? "none"
            if !names.contains(found) {
                refuse(.machineNotNamed, fields: [kind], expected: names.joined(separator: " or "), found: found)
            }
        }
    }

    private mutating func checkStatus(_ rule: AppraisalPolicy.PlatformRule) {
        switch claims.status {
        case .notStated, .upToDate, .notAppraised: return
        case .revoked: refuse(.statusNotAccepted, expected: "UpToDate", found: claims.status.rawValue)
        default:
            if !waive(claims.status.rawValue, rule.statuses[claims.status]) {
                let named = rule.statuses.keys.map(\.rawValue).sorted()
                refuse(
                    .statusNotAccepted,
                    expected: (["UpToDate"] + named).joined(separator: " or "),
                    found: claims.status.rawValue
                )
            }
            for advisory in claims.advisories where !waive(advisory, rule.advisories[advisory]) {
                refuse(
                    .advisoryNotAccepted,
                    expected: rule.advisories.keys.sorted().joined(separator: " or "),
                    found: advisory
                )
            }
        }
    }

    private mutating func checkAges(_ rule: AppraisalPolicy.PlatformRule) {
        for endorsement in claims.endorsements {
            guard let most = rule.maximumAgeInDays[endorsement.kind] else { continue }
            let age = endorsement.ageInDays(at: now)
            if age > most {
                refuse(
                    .endorsementTooOld,
                    fields: [endorsement.name],
                    expected: "at most \(most) days",
                    found: "\(age) days"
                )
            }
        }
    }

    /// Waives a finding until its date; after the date it is refused with a finding that says so.
    mutating func waive(_ name: String, _ until: PolicyDate?) -> Bool {
        guard let until else { return false }
        if until.isPast(at: now) {
            refuse(.acceptanceEnded, fields: [name], expected: "until \(until)", found: now.plain)
            return false
        }
        waivers.append(Peer.PolicyWaiver(name: name, until: until))
        return true
    }

    mutating func refuse(
        _ check: PolicyCheck,
        fields: [String] = [],
        expected: String? = nil,
        found: String? = nil
    ) {
        findings.append(Finding(check, subject: subject, fields: fields, expected: expected, found: found))
    }
}
