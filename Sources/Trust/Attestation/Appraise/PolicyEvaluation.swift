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

    private var claims: Claims { evidence.claims }
    private var subject: String { evidence.kind.rawValue }

    /// Checks everything but the binding to a peer.
    mutating func checkPlatform() {
        guard let rule = policy.platforms[evidence.kind] else {
            let named = policy.platforms.keys.map(\.rawValue).sorted().joined(separator: ", ")
            refuse(.platformNotNamed, expected: named.isEmpty ? "none" : named, found: subject)
            return
        }
        checkRoot(rule)
        checkMeasurements(rule)
        checkTables(rule)
        checkProduct(rule)
        checkVersions(rule)
        checkMachine(rule)
        checkStatus(rule)
        for reservation in claims.allReservations where !waive(reservation.id, rule.tolerated[reservation.id]) {
            findings.append(reservation)
        }
        checkAges(rule)
    }

    /// Checks that the evidence belongs to the peer, and the peer's package and models.
    mutating func check(_ binding: Binding) {
        if !binding.covers(claims.reportData, of: evidence.kind) {
            refuse(
                .reportDataMismatch,
                fields: ["REPORT_DATA"],
                expected: Hexadecimal.text(binding.carried(by: evidence.kind)),
                found: Hexadecimal.text(claims.reportData)
            )
        }
        if let package = binding.package {
            check(package)
        } else if policy.package != nil || !policy.models.isEmpty {
            refuse(.packageUnbound)
        }
    }

    /// Checks a package and its models, regardless of where the claim comes from.
    mutating func check(_ package: Binding.PackageFacts) {
        if package.isDebug, policy.package?.acceptsDebug != true {
            refuse(.packageDebug, expected: "no debug package", found: package.digest)
        }
        if let kernel = package.kernel { check(kernel) }
        if let rule = policy.package { check(package, rule) }
        if !policy.models.isEmpty, package.models.isEmpty || !Set(package.models).isSubset(of: policy.models) {
            refuse(
                .modelMismatch,
                expected: policy.models.joined(separator: " or "),
                found: package.models.joined(separator: ", ")
            )
        }
    }

    /// A developer's platform keeps nothing from its host, whatever the kernel; anywhere else only a sealed one does.
    private mutating func check(_ kernel: Binding.PackageFacts.Kernel) {
        guard kernel.kind != .sealed, !evidence.kind.isDeveloperPlatform else { return }
        let name = PolicyCheck.kernelUnsealed.rawValue
        guard !waive(name, policy.platforms[evidence.kind]?.tolerated[name]) else { return }
        let release = kernel.release.isEmpty ? "" : ", \(kernel.release)"
        refuse(.kernelUnsealed, fields: ["kernel"], expected: "sealed", found: kernel.kind.rawValue + release)
    }

    private mutating func check(_ package: Binding.PackageFacts, _ rule: AppraisalPolicy.PackageRule) {
        if !rule.digests.isEmpty, !rule.digests.contains(package.digest) {
            refuse(.packageMismatch, expected: rule.digests.joined(separator: " or "), found: package.digest)
        }
        if !rule.signers.isEmpty, !rule.signers.contains(package.signer ?? "") {
            refuse(
                .packageSignerMismatch,
                expected: rule.signers.joined(separator: " or "),
                found: package.signer ?? "no signer"
            )
        }
        if let productID = rule.productID, productID != package.productID {
            refuse(.packageProductMismatch, expected: productID, found: package.productID ?? "no product")
        }
        if let minimum = rule.minimumSecurityVersion, package.securityVersion.map({ $0 < minimum }) ?? true {
            refuse(
                .packageSecurityVersionLow,
                expected: "at least \(minimum)",
                found: package.securityVersion.map { "\($0)" } ?? "none"
            )
        }
    }

    private mutating func checkRoot(_ rule: AppraisalPolicy.PlatformRule) {
        guard evidence.kind.isDeveloperPlatform || !rule.roots.isEmpty else { return }
        guard !rule.roots.contains(claims.root) else { return }
        let named = rule.roots.isEmpty ? "none" : rule.roots.joined(separator: " or ")
        refuse(.rootNotNamed, expected: named, found: claims.root)
    }

    /// Without reference values, what runs must be identified by signer, product and version.
    ///
    /// A developer's process has no measurements and is identified by its root only.
    private mutating func checkMeasurements(_ rule: AppraisalPolicy.PlatformRule) {
        let required = evidence.kind.requiredMeasurements.filter { rule.measurements[$0]?.isEmpty ?? true }
        let isNamedBySigner =
            !rule.signers.isEmpty && !rule.productIDs.isEmpty && rule.minimumSecurityVersion != nil
        if !required.isEmpty || rule.measurements.isEmpty, !isNamedBySigner, evidence.kind != .developerProcess {
            refuse(
                .referenceMissing,
                fields: required,
                expected: "reference values, or signers with products and a minimum security version"
            )
        }
        for (name, values) in rule.measurements.sorted(by: { $0.key < $1.key }) {
            guard let found = claims.measurements[name] else {
                refuse(.measurementMissing, fields: [name])
                continue
            }
            let text = Hexadecimal.text(found)
            if !values.contains(text) {
                refuse(
                    .measurementMismatch,
                    fields: [name],
                    expected: values.joined(separator: " or "),
                    found: text
                )
            }
        }
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

    /// Compares each component separately: a sum would let one component compensate for another.
    private mutating func checkVersions(_ rule: AppraisalPolicy.PlatformRule) {
        guard !rule.minimumTCB.isEmpty else { return }
        guard let minimum = rule.minimumTCB[claims.tcbLine] ?? rule.minimumTCB["any"] else {
            refuse(
                .tcbLineMissing,
                expected: rule.minimumTCB.keys.sorted().joined(separator: ", "),
                found: claims.tcbLine
            )
            return
        }
        for (component, least) in minimum.sorted(by: { $0.key < $1.key }) {
            guard let found = claims.tcb[component] else {
                refuse(
                    .tcbComponentMissing,
                    fields: [component],
                    expected: claims.tcb.keys.sorted().joined(separator: ", ")
                )
                continue
            }
            if found < least {
                refuse(.tcbLow, fields: [component], expected: "at least \(least)", found: "\(found)")
            }
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
    private mutating func waive(_ name: String, _ until: PolicyDate?) -> Bool {
        guard let until else { return false }
        if until.isPast(at: now) {
            refuse(.acceptanceEnded, fields: [name], expected: "until \(until)", found: now.plain)
            return false
        }
        waivers.append(Peer.PolicyWaiver(name: name, until: until))
        return true
    }

    private mutating func refuse(
        _ check: PolicyCheck,
        fields: [String] = [],
        expected: String? = nil,
        found: String? = nil
    ) {
        findings.append(Finding(check, subject: subject, fields: fields, expected: expected, found: found))
    }
}
