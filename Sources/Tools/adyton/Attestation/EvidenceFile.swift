import Attestation
import Diagnostics
import Foundation

/// A file with a bundle of evidence.
struct EvidenceFile {
    private let url: URL

    init(_ url: URL) {
        self.url = url
    }

    /// Reads and verifies the bundle.
    ///
    /// - Parameters:
    ///   - now: The time at which everything must be valid.
    ///   - roots: A developer's roots, beside those of the vendors.
    ///   - source: Where endorsements come from that did not come along; nil for nowhere.
    /// - Returns: The verified evidence, or every reason to refuse it.
    /// - Throws: `evidence.bundle-unreadable`, and what the source throws, with the file's name.
    func verified(
        at now: Date,
        trusting roots: [TrustAnchor],
        completedBy source: EndorsementCache?
    ) async throws -> Verifier.Outcome {
        let bundle: EvidenceBundle
        do throws(AttestationError) {
            bundle = try EvidenceBundle(reading: url)
        } catch {
            guard error.finding.id != "evidence.bundle-unreadable" else { throw error }
            return .refused([error.finding])
        }
        do {
            return try await bundle.verified(at: now, trusting: roots, completedBy: source)
        } catch {
            throw CommandFailure(.unavailable, "\(url.relativePath): \(error)")
        }
    }
}
