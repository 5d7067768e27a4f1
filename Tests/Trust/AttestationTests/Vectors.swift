import Attestation
import Foundation
import TestSupport
import Testing

/// The evidence of other projects, with its index.
enum Vectors {
    /// The directory; nil in a checkout of the project alone.
    static let folder = PublicEvidence.folder

    static let areReady = PublicEvidence.isReady(PublicEvidence.index)

    /// Reads a file.
    static func bytes(_ path: String) throws -> [UInt8] {
        try PublicEvidence.bytes(path)
    }

    /// An entry of the index with its files.
    static func entry(_ id: String) throws -> (vector: ConformanceVector, parts: [String: [UInt8]]) {
        let folder = try #require(folder)
        let index = try ConformanceIndex(reading: folder.appending(path: "INDEX.json"))
        let vector = try #require(index.vectors.first { $0.id == id })
        var parts: [String: [UInt8]] = [:]
        for name in vector.files.keys { parts[name] = try index.files(of: vector).required(name) }
        return (vector, parts)
    }

    /// Genuine evidence of an entry, for tests to change.
    static func sample(_ id: String) throws -> Sample {
        let entry = try entry(id)
        let kind = try #require(EvidenceKind(rawValue: entry.vector.kind))
        return Sample(kind: kind, parts: entry.parts, clock: try #require(entry.vector.verifyAt))
    }
}

/// Evidence whose parts a test changes.
struct Sample: Sendable {
    let kind: EvidenceKind
    var parts: [String: [UInt8]]
    var clock: Date

    /// Verifies the evidence in its current state.
    func verified(_ verifier: Verifier = Verifier()) throws -> VerifiedEvidence {
        let evidence = try UnverifiedEvidence(kind: kind, parts: EvidenceParts(parts))
        switch verifier.verify(evidence, at: clock) {
        case .verified(let verified): return verified
        case .refused(let findings): throw Refusal(findings: findings)
        }
    }

    /// The findings for the evidence in its current state; empty where it is verified.
    func findings(_ verifier: Verifier = Verifier()) -> [Finding] {
        do {
            _ = try verified(verifier)
            return []
        } catch let refusal as Refusal {
            return refusal.findings
        } catch let error as AttestationError {
            return [error.finding]
        } catch {
            Issue.record(error)
            return []
        }
    }

    /// The sample with one bit of a part flipped.
    func flipping(_ part: String, at index: Int, mask: UInt8 = 1) -> Sample {
        var sample = self
        sample.parts[part]?[index] ^= mask
        return sample
    }

    struct Refusal: Error {
        let findings: [Finding]
    }
}

extension AttestationError {
    /// The finding that a call throws; records an issue where it throws none.
    static func thrown(by work: () throws -> Void) throws -> Finding {
        do {
            try work()
        } catch let error as AttestationError {
            return error.finding
        }
        return try #require(nil, "nothing was thrown")
    }
}
