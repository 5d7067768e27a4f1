public import FoundationEssentials

/// A lint warning about a policy: allowed, but probably a mistake or a risk.
public struct PolicyLintWarning: Sendable, Hashable, Encodable {
    /// The kind of warning.
    public enum ID: String, Sendable, Hashable, Encodable, CaseIterable {
        case developerPlatform = "lint.developer-platform"
        case nothingAccepted = "lint.nothing-accepted"
        case referenceMissing = "lint.reference-missing"
        case measurementZero = "lint.measurement-zero"
        case softwareOpen = "lint.software-open"
        case minimumMissing = "lint.minimum-missing"
        case minimumOld = "lint.minimum-old"
        case lineWeak = "lint.line-weak"
        case debugTolerated = "lint.debug-tolerated"
        case kernelTolerated = "lint.kernel-tolerated"
        case revocationOverlooked = "lint.revocation-overlooked"
        case dateOver = "lint.date-over"
        case dateFar = "lint.date-far"
        case ageUnbounded = "lint.age-unbounded"
        case packageMissing = "lint.package-missing"
        case debugPackage = "lint.debug-package"
    }

    /// The kind of warning.
    public let id: ID
    /// The key it is about, such as `platforms.snp.minimumTcb`.
    public let path: String
    /// What it means and what to do, in a sentence.
    public let advice: String
}

extension AppraisalPolicy {
    /// A date further in the future than this gets a warning.
    private static let farInSeconds = 366.0 * 86_400

    /// Checks the policy for risky or ineffective rules.
    ///
    /// - Parameters:
    ///   - now: The current time, for the policy's dates.
    ///   - table: The published minimum versions and known weaknesses to compare with.
    /// - Returns: The warnings, in the order of the policy's keys.
    public func remarks(at now: Date, comparedWith table: MinimumVersions = .builtIn) -> [PolicyLintWarning] {
        var remarks: [PolicyLintWarning] = []
        if platforms.isEmpty {
            remarks.append(
                PolicyLintWarning(
                    id: .nothingAccepted,
                    path: "platforms",
                    advice: "No platform is named, so that every machine is refused: name at least one."
                )
            )
        }
        if packages.isEmpty, models.isEmpty {
            remarks.append(
                PolicyLintWarning(
                    id: .packageMissing,
                    path: "packages",
                    advice: "Neither a package nor a model is named: only the measurements say what runs."
                )
            )
        }
        if packages.contains(where: \.acceptsDebug) {
            remarks.append(
                PolicyLintWarning(
                    id: .debugPackage,
                    path: "packages.debug",
                    advice: "Whatever a debug package's application prints reaches its host: never send a secret to it."
                )
            )
        }
        for (kind, rule) in platforms.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            remarks += rule.remarks(
                kind,
                packages.compactMap { $0.measurements[kind] },
                at: now,
                farAfter: now + Self.farInSeconds
            )
            remarks += rule.remarks(kind, comparedWith: table)
        }
        return remarks
    }
}

extension AppraisalPolicy.PlatformRule {
    fileprivate func remarks(
        _ kind: EvidenceKind,
        _ packages: [[String: [String]]],
        at now: Date,
        farAfter far: Date
    ) -> [PolicyLintWarning] {
        let path = "platforms.\(kind.rawValue)"
        var remarks: [PolicyLintWarning] = []
        func remark(_ id: PolicyLintWarning.ID, _ key: String, _ advice: String) {
            remarks.append(PolicyLintWarning(id: id, path: key.isEmpty ? path : "\(path).\(key)", advice: advice))
        }
        if kind.isDeveloperPlatform {
            remark(.developerPlatform, "", "The host of this platform can look into it: never send a secret to it.")
            if roots.isEmpty { remark(.referenceMissing, "roots", "Without a root's fingerprint nothing is accepted.") }
        }
        let inAll = packages.first.map { first in
            packages.dropFirst().reduce(Set(first.keys)) { $0.intersection($1.keys) }
        }
        let names = Set(measurements.keys).union(inAll ?? [])
        let isDomain = kind == .azureVtpm && names.contains("mrtd")
        let missing = missingReferences(of: kind, names, isParavisorInDomain: isDomain)
        if !missing.values.isEmpty || names.isEmpty, !isNamedBySigner(kind), kind != .developerProcess {
            remark(
                .referenceMissing,
                "measurements",
                "Every machine is refused without values for \(missing.values.isEmpty ? "a measurement" : missing.values.joined(separator: ", "))."
            )
        }
        if !missing.registers.isEmpty {
            remark(
                .softwareOpen,
                "measurements",
                "Refused: without \(missing.registers.joined(separator: ", ")) anybody's software would pass."
            )
        }
        for (name, values) in measurements.sorted(by: { $0.key < $1.key })
        where !kind.softwareRegisters.contains(name) && values.contains(where: { $0.allSatisfy { $0 == "0" } }) {
            remark(.measurementZero, "measurements.\(name)", "Zeros are what a machine has that measured nothing.")
        }
        if minimumTCB.isEmpty, [.snp, .azureVtpm].contains(kind) {
            remark(.minimumMissing, "minimumTcb", "Refused: AMD states no status, so old firmware would pass.")
        }
        for (name, date) in tolerated.sorted(by: { $0.key < $1.key }) {
            if name.hasSuffix(".debug") {
                remark(.debugTolerated, "tolerate.\(name)", "The host can read a machine that it may debug.")
            }
            if name == PolicyCheck.kernelUnsealed.rawValue {
                remark(
                    .kernelTolerated,
                    "tolerate.\(name)",
                    "Code in the host's ACPI tables reaches the memory of such a machine until \(date)."
                )
            }
            if name == EndorsementCheck.revocationNotChecked.rawValue {
                remark(
                    .revocationOverlooked,
                    "tolerate.\(name)",
                    "A withdrawn certificate goes unnoticed until \(date): have the revocation list sent along."
                )
            }
        }
        let dated =
            tolerated.map { ("tolerate.\($0.key)", $0.value) }
            + statuses.map { ("statuses.\($0.key.rawValue)", $0.value) }
            + advisories.map { ("advisories.\($0.key)", $0.value) }
        for (key, date) in dated.sorted(by: { $0.0 < $1.0 }) {
            if date.isPast(at: now) { remark(.dateOver, key, "The day \(date) is over: take the line out.") }
            if date.end > far { remark(.dateFar, key, "The day \(date) is over a year off: choose a nearer one.") }
        }
        if maximumAgeInDays.isEmpty, !kind.isDeveloperPlatform {
            remark(.ageUnbounded, "maximumAgeInDays", "Documents of any age are taken as long as they are valid.")
        }
        return remarks
    }
}
