package import FoundationEssentials

/// What a change of policy means for evidence that was collected: which of it would newly be refused or accepted.
package struct PolicyComparison: Sendable {
    /// Evidence with the reasons to refuse it.
    package struct Refusal: Sendable, Equatable {
        /// The evidence's name.
        package let evidence: String
        /// Every reason.
        package let findings: [Finding]
    }

    /// Evidence that the old policy accepts and the new one refuses.
    package private(set) var newlyRefused: [Refusal] = []
    /// The names of evidence that the old policy refuses and the new one accepts.
    package private(set) var newlyAccepted: [String] = []
    /// How much evidence both policies answer alike.
    package private(set) var unchanged = 0
    /// Evidence that no policy would accept, because it is not authentic.
    package private(set) var unverified: [Refusal] = []

    private let old: AppraisalPolicy
    private let new: AppraisalPolicy
    private let package: Binding.PackageFacts?
    private let now: Date

    /// A comparison of no evidence yet.
    ///
    /// - Parameters:
    ///   - old: The policy that is in force.
    ///   - new: The policy that is to replace it.
    ///   - package: What every machine would state of its package; nil leaves the rules about packages and models out.
    ///   - now: As of when evidence is judged.
    package init(old: AppraisalPolicy, new: AppraisalPolicy, package: Binding.PackageFacts?, at now: Date) {
        self.old = old
        self.new = new
        self.package = package
        self.now = now
    }

    /// Judges one more piece of evidence by both policies.
    ///
    /// - Parameters:
    ///   - name: The evidence's name.
    ///   - outcome: What verification answered.
    package mutating func add(_ name: String, _ outcome: Verifier.Outcome) {
        switch outcome {
        case .refused(let findings): unverified.append(Refusal(evidence: name, findings: findings))
        case .verified(let evidence):
            let findings = new.dryRun(evidence, package: package, at: now)
            switch (old.dryRun(evidence, package: package, at: now).isEmpty, findings.isEmpty) {
            case (true, false): newlyRefused.append(Refusal(evidence: name, findings: findings))
            case (false, true): newlyAccepted.append(name)
            default: unchanged += 1
            }
        }
    }
}
