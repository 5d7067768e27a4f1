package import FoundationEssentials

/// The input of a verification, the current time and the trust anchors, and its collected findings.
package struct VerificationContext {
    /// The time at which everything must be valid.
    package let now: Date
    /// The trusted roots.
    package let anchors: [TrustAnchor]
    /// All findings so far.
    package private(set) var findings: [Finding] = []

    /// A revocation list's verification, which has the same result each time within one context.
    struct ListCheck: Equatable {
        let signedPart: [UInt8]
        let signature: [UInt8]
        let key: [UInt8]
    }

    private var listChecks: [ListCheck] = []

    package init(now: Date, anchors: [TrustAnchor]) {
        self.now = now
        self.anchors = anchors
    }

    /// Adds a finding.
    package mutating func refuse(
        _ check: some Check,
        subject: String,
        fields: [String] = [],
        expected: String? = nil,
        found: String? = nil
    ) {
        findings.append(Finding(check, subject: subject, fields: fields, expected: expected, found: found))
    }

    /// Whether a list was not verified yet in this context; its findings are added only once.
    mutating func begin(_ check: ListCheck) -> Bool {
        guard !listChecks.contains(check) else { return false }
        listChecks.append(check)
        return true
    }

    /// Adds a parser's error as a finding.
    package mutating func refuse(_ error: AttestationError) {
        findings.append(error.finding)
    }
}
