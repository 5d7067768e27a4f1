package import Attestation

/// A source of evidence for a machine or a process, behind one interface for all platforms.
package protocol EvidenceSource: Sendable {
    /// The kind of the evidence.
    var kind: EvidenceKind { get }

    /// Creates fresh evidence.
    ///
    /// - Parameter binding: The report data that the platform signs.
    /// - Returns: The evidence with its parts.
    /// - Throws: `evidence.unavailable` where the platform gives none. A cancelled task ends soon.
    func evidence(binding: ReportData) async throws -> EvidenceBundle
}

extension EvidenceSource {
    /// The kind's name in policies and logs.
    package var platform: String { kind.rawValue }
}
