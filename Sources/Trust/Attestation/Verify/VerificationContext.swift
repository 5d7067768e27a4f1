package import FoundationEssentials

/// What a kind's verification is given, and where it puts what it finds.
package struct VerificationContext {
    /// The time at which everything must be valid.
    package let now: Date
    /// The roots that are trusted.
    package let anchors: [TrustAnchor]
    /// Every reason to refuse so far.
    package private(set) var findings: [Finding] = []

    /// A list's signature and dates, which come out the same whenever they are looked at in one verification.
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

    /// Adds a reason to refuse.
    package mutating func refuse(
        _ check: some Check,
        subject: String,
        fields: [String] = [],
        expected: String? = nil,
        found: String? = nil
    ) {
        findings.append(Finding(check, subject: subject, fields: fields, expected: expected, found: found))
    }

    /// Whether a list is yet to be looked at; its findings, if any, are added once.
    mutating func begin(_ check: ListCheck) -> Bool {
        guard !listChecks.contains(check) else { return false }
        listChecks.append(check)
        return true
    }

    /// Adds the reason that a parser threw.
    package mutating func refuse(_ error: AttestationError) {
        findings.append(error.finding)
    }
}
