package import Attestation

/// Who makes evidence for a machine or a process: its platform, behind one interface.
package protocol EvidenceSource: Sendable {
    /// The kind of the evidence.
    var kind: EvidenceKind { get }

    /// Makes fresh evidence.
    ///
    /// - Parameter binding: What is signed along.
    /// - Returns: The evidence with its parts.
    /// - Throws: `evidence.unavailable` where the platform gives none; a cancelled task ends soon.
    func evidence(binding: ReportData) async throws -> EvidenceBundle
}

extension EvidenceSource {
    /// The kind's name, as policies and logs have it.
    package var platform: String { kind.rawValue }
}
