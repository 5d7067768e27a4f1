package import FoundationEssentials

extension EvidenceBundle {
    /// Completes and verifies the bundle.
    ///
    /// - Parameters:
    ///   - now: The time at which everything must be valid.
    ///   - roots: A developer's roots, beside those of the vendors.
    ///   - source: Where endorsements come from that did not come along; nil for nowhere.
    /// - Returns: The verified evidence, or every reason to refuse it, which an invalid field is, too.
    /// - Throws: What the source throws where it does not answer.
    package func verified(
        at now: Date,
        trusting roots: [TrustAnchor],
        completedBy source: (some EndorsementSource)?
    ) async throws -> Verifier.Outcome {
        do {
            let bundle = if let source { try await completed(from: source) } else { self }
            return try bundle.verified(at: now, trusting: roots)
        } catch let error as AttestationError {
            return .refused([error.finding])
        }
    }

    /// Verifies the bundle as it is.
    ///
    /// - Parameters:
    ///   - now: The time at which everything must be valid.
    ///   - roots: A developer's roots, beside those of the vendors.
    /// - Returns: The verified evidence, or every reason to refuse it.
    /// - Throws: The codes of the bundle's parts where one is missing or has another form.
    package func verified(at now: Date, trusting roots: [TrustAnchor]) throws(AttestationError) -> Verifier.Outcome {
        let verifier = roots.isEmpty ? Verifier() : Verifier(alsoTrustingDeveloperRoots: roots)
        return verifier.verify(try evidence(), at: now)
    }
}
