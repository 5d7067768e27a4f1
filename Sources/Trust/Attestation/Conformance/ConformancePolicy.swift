import FoundationEssentials

/// The phrases that an entry's policy may contain, and the reservations that each tolerates.
enum ConformancePolicy {
    /// The phrases in search order; a policy may contain several.
    static let phrases: [(words: String, tolerated: Set<String>)] = [
        ("debug not allowed", []),
        ("VMPL<=1 allowed", ["snp.vmpl-1"]),
        ("collateral not required", ["endorsement.status-not-appraised", "endorsement.revocation-not-checked"]),
        ("SEPT_VE_DISABLE not required", ["tdx.sept-ve-disable"]),
        ("service TD allowed", ["tdx.service-td"]),
        ("SHA-1 allowed", ["tpm.sha1"]),
    ]

    /// Parses a policy's phrases.
    ///
    /// - Parameter text: The entry's policy; nil where it has none.
    /// - Returns: The names of the checks whose reservations are tolerated.
    /// - Throws: `conformance.policy-unknown` where a text has no known phrase.
    static func tolerated(_ text: String?) throws(AttestationError) -> Set<String> {
        guard let text else { return [] }
        let found = phrases.filter { text.contains($0.words) }
        guard !found.isEmpty else {
            throw AttestationError(
                ConformanceCheck.policyUnknown,
                subject: "policy",
                expected: phrases.map(\.words).joined(separator: ", "),
                found: text
            )
        }
        return found.reduce(into: []) { $0.formUnion($1.tolerated) }
    }

    /// Verifies evidence and applies an entry's policy.
    ///
    /// Most vectors have no revocation list, so a missing one is tolerated; an existing one is checked.
    ///
    /// - Parameters:
    ///   - evidence: The parsed evidence.
    ///   - vector: The entry with its policy.
    ///   - now: The current time.
    ///   - verifier: The verifier with its roots.
    /// - Returns: The answer.
    /// - Throws: `conformance.policy-unknown`.
    static func answer(
        _ evidence: UnverifiedEvidence,
        _ vector: ConformanceVector,
        _ now: Date,
        _ verifier: Verifier = Verifier()
    ) throws(AttestationError) -> ConformanceAnswer {
        let tolerated = try tolerated(vector.policy).union(["endorsement.revocation-not-checked"])
        switch verifier.verify(evidence, at: now) {
        case .refused(let findings): return .reject(findings)
        case .verified(let verified):
            switch AuthenticityPolicy(tolerating: tolerated).evaluate(verified) {
            case .refused(let findings) where !findings.allSatisfy(isAboutRegistersOfSHA1): return .reject(findings)
            case .refused where verified.claims.status == .notStated: return .accept
            case .refused(let findings): return .reject(findings)
            case .authentic(.notStated), .authentic(.upToDate), .authentic(.notAppraised): return .accept
            case .authentic(let status): return .acceptWithStatus(status)
            }
        }
    }

    /// Whether a finding is about a quote of SHA-1's bank: an entry states which bank it is about.
    private static func isAboutRegistersOfSHA1(_ finding: Finding) -> Bool {
        finding.id == TpmCheck.hashWeak.rawValue && finding.subject == TpmEvidence.registersSubject
    }
}
