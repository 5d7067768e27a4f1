import Diagnostics
import FoundationEssentials

extension PolicyEvaluation {
    /// Checks what runs: the measurements, and a package with its models.
    ///
    /// A machine must satisfy one package's rule whole, so that values of two packages do not mix. Where it satisfies none,
    /// the findings are those of the rule that it is nearest to.
    ///
    /// - Parameter package: The package that the machine states; nil skips the rules about packages and models.
    mutating func checkSoftware(_ package: Binding.PackageFacts?) {
        var nearest: PolicyEvaluation?
        for rule in policy.packages.isEmpty ? [nil] : policy.packages.map(Optional.some) {
            var trial = PolicyEvaluation(policy: policy, evidence: evidence, now: now)
            if let platform = policy.platforms[evidence.kind] { trial.checkMeasurements(platform, rule) }
            if let until = rule?.until, until.isPast(at: now) {
                trial.refuse(.packageEnded, fields: ["until"], expected: "until \(until)", found: now.plain)
            }
            if let package { trial.check(package, rule) }
            if nearest.map({ trial.findings.count < $0.findings.count }) ?? true { nearest = trial }
        }
        if let nearest { take(nearest) }
    }

    /// One machine must bring all proofs of one alternative.
    mutating func checkProofs() {
        guard !policy.proofs.isEmpty else { return }
        guard !policy.proofs.contains(where: { Set($0).isSubset(of: [evidence.kind]) }) else { return }
        refuse(
            .proofMissing,
            expected: policy.proofs.map { $0.map(\.rawValue).joined(separator: " and ") }.joined(separator: "; or "),
            found: subject
        )
    }

    private mutating func checkMeasurements(
        _ platform: AppraisalPolicy.PlatformRule,
        _ package: AppraisalPolicy.PackageRule?
    ) {
        let own = package?.measurements[evidence.kind] ?? [:]
        checkReferences(platform, Set(platform.measurements.keys).union(own.keys))
        for named in [platform.measurements, own] {
            for (name, values) in named.sorted(by: { $0.key < $1.key }) { compare(name, values) }
        }
    }

    /// Without reference values, what runs must be identified by signer, product and version.
    ///
    /// A developer's process has no measurements and is identified by its root only.
    private mutating func checkReferences(_ rule: AppraisalPolicy.PlatformRule, _ names: Set<String>) {
        guard evidence.kind != .developerProcess else { return }
        let isParavisorInDomain = evidence.kind == .azureVtpm && claims.measurements["measurement"] == nil
        let missing = rule.missingReferences(of: evidence.kind, names, isParavisorInDomain: isParavisorInDomain)
        if !missing.values.isEmpty || names.isEmpty, !rule.isNamedBySigner(evidence.kind) {
            refuse(
                .referenceMissing,
                fields: missing.values,
                expected: "reference values, or signers with products and a minimum security version"
            )
        }
        guard !missing.registers.isEmpty else { return }
        refuse(
            .softwareOpen,
            fields: missing.registers,
            expected: evidence.kind.softwareRegisters.joined(separator: ", "),
            found: names.isEmpty ? "none" : names.sorted().joined(separator: ", ")
        )
    }

    private mutating func compare(_ name: String, _ values: [String]) {
        guard let found = claims.measurements[name] else {
            refuse(.measurementMissing, fields: [name])
            return
        }
        let text = Hexadecimal.text(found)
        guard !values.contains(text) else { return }
        refuse(.measurementMismatch, fields: [name], expected: values.joined(separator: " or "), found: text)
    }

    private mutating func check(_ package: Binding.PackageFacts, _ rule: AppraisalPolicy.PackageRule?) {
        if package.isDebug, rule?.acceptsDebug != true {
            refuse(.packageDebug, expected: "no debug package", found: package.digest)
        }
        if let kernel = package.kernel { check(kernel, rule?.kernels ?? [.sealed]) }
        if let rule { checkIdentity(package, rule) }
        for models in [policy.models, rule?.models ?? []] where !models.isEmpty {
            guard package.models.isEmpty || !Set(package.models).isSubset(of: models) else { continue }
            refuse(
                .modelMismatch,
                expected: models.joined(separator: " or "),
                found: package.models.joined(separator: ", ")
            )
        }
        if rule?.requiresSealedModels == true {
            refuse(.modelsUnsealed, expected: "sealed models", found: "models in plain text")
        }
    }

    /// A developer's platform keeps nothing from its host, whatever the kernel; anywhere else only a sealed one does.
    private mutating func check(
        _ kernel: Binding.PackageFacts.Kernel,
        _ accepted: [Binding.PackageFacts.Kernel.Kind]
    ) {
        guard !accepted.contains(kernel.kind), !evidence.kind.isDeveloperPlatform else { return }
        let name = PolicyCheck.kernelUnsealed.rawValue
        guard !waive(name, policy.platforms[evidence.kind]?.tolerated[name]) else { return }
        let release = kernel.release.isEmpty ? "" : ", \(kernel.release)"
        refuse(
            .kernelUnsealed,
            fields: ["kernel"],
            expected: accepted.map(\.rawValue).joined(separator: " or "),
            found: kernel.kind.rawValue + release
        )
    }

    private mutating func checkIdentity(_ package: Binding.PackageFacts, _ rule: AppraisalPolicy.PackageRule) {
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
}
