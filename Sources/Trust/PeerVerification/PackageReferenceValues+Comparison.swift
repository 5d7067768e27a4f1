package import Attestation
import Diagnostics

extension PackageReferenceValues {
    /// Compares a package's measurements with verified evidence.
    ///
    /// - Parameter evidence: Verified evidence.
    /// - Returns: Every measurement that differs; nil where the package has none of this platform, so that nothing proves that
    ///   it is this machine's.
    package func differences(from evidence: VerifiedEvidence) -> [Finding]? {
        let values = platforms[evidence.kind] ?? [:]
        guard !values.isEmpty, evidence.kind.requiredMeasurements.allSatisfy({ values[$0] != nil }) else { return nil }
        return values.sorted { $0.key < $1.key }.compactMap { name, stated in
            let found = evidence.claims.measurements[name].map { Hexadecimal.text($0) }
            guard found.map(stated.contains) != true else { return nil }
            return Finding(
                ConnectionCheck.manifestMismatch,
                subject: evidence.kind.rawValue,
                fields: [name],
                expected: stated.joined(separator: " or "),
                found: found ?? "nothing"
            )
        }
    }
}
