import Attestation
import Foundation
import LaunchMeasurement

/// Answers conformance vectors of the kind `snp-measure`, which the library of evidence knows nothing about.
struct MeasurementExaminer: Sendable {
    /// The index's folder.
    let folder: URL

    /// Recomputes an entry's digests.
    ///
    /// - Parameters:
    ///   - vector: The entry.
    ///   - parts: Its files; they are read once more by their paths, as a list names further files beside it.
    ///   - now: Not looked at.
    /// - Returns: `accept` where every digest is the stated one, `reject` where nothing can be measured.
    /// - Throws: `conformance.file-unreadable` for a path that leaves the index's folder.
    func examine(
        _ vector: ConformanceVector,
        _ parts: EvidenceParts,
        _ now: Date
    ) throws(AttestationError) -> ConformanceAnswer {
        for name in parts.names { _ = try parts.required(name) }
        let files = vector.files.mapValues { folder.appending(path: $0) }
        do throws(LaunchMeasurementError) {
            _ = try SnpVectors.answer(files)
            return .accept
        } catch {
            return .reject([
                Finding(
                    error.code == .vectorMismatch ? ConformanceCheck.valueDiffers : .measurementRefused,
                    subject: error.subject,
                    expected: error.expected,
                    found: error.found ?? error.code.rawValue
                )
            ])
        }
    }
}
