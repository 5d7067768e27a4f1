import Attestation
import AttestedTransport
import Diagnostics
import Foundation

/// A file with evidence: a bundle, or the document that a server answered and `adyton verify --save` wrote.
struct EvidenceFile {
    private let url: URL

    init(_ url: URL) {
        self.url = url
    }

    /// Reads the evidence without verifying it.
    ///
    /// - Returns: The bundle; of a server's document the one in it.
    /// - Throws: `evidence.bundle-unreadable`, and what is wrong with a bundle.
    func bundle() throws(AttestationError) -> EvidenceBundle {
        if let data = try? Data(contentsOf: url), let document = try? EvidenceDocument(json: Array(data)) {
            return document.evidence
        }
        return try EvidenceBundle(reading: url)
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
            bundle = try self.bundle()
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
