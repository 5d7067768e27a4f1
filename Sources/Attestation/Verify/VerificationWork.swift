package import Foundation

/// What a kind's verification is given, and where it puts what it finds.
package struct VerificationWork {
    /// The time at which everything must be valid.
    package let now: Date
    /// The roots that are trusted.
    package let anchors: [TrustAnchor]
    /// Every reason to refuse so far.
    package private(set) var findings: [Finding] = []

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

    /// Adds the reason that a parser threw.
    package mutating func refuse(_ error: AttestationError) {
        findings.append(error.finding)
    }
}
