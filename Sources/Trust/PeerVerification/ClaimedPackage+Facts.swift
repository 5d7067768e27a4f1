package import Attestation
import Diagnostics
import GuestInterface
package import PackageManifest

extension ClaimedPackage {
    /// What a policy's rules about packages and models are compared with.
    package var facts: Binding.PackageFacts {
        Binding.PackageFacts(
            digest: Hexadecimal.text(manifest.digest),
            signer: Hexadecimal.text(signer.identity),
            productID: "\(manifest.productID)",
            securityVersion: UInt64(manifest.securityVersion),
            models: manifest.modelPacks.map(\.digest),
            isDebug: manifest.isDebug,
            kernel: manifest.kernel.map(Binding.PackageFacts.Kernel.init) ?? .notStated
        )
    }

    /// What a policy is made from, and what evidence of this package measures to.
    package var referenceValues: PackageReferenceValues { referenceValues(of: manifest.referenceValues) }

    /// The reference values for a policy, with measurements that were computed from the package's parts.
    ///
    /// - Parameter measurements: Hexadecimal digits by platform and name, as the manifest has them.
    /// - Returns: The values; a computed one takes the place of the manifest's.
    package func referenceValues(computed measurements: [String: [String: String]]) -> PackageReferenceValues {
        let merged = manifest.referenceValues.merging(measurements) { stated, computed in
            stated.merging(computed) { _, newer in newer }
        }
        return referenceValues(of: merged)
    }

    private func referenceValues(of measurements: [String: [String: String]]) -> PackageReferenceValues {
        var platforms: [EvidenceKind: [String: [String]]] = [:]
        for (name, values) in measurements {
            guard let kind = Platform(rawValue: name)?.evidenceKind else { continue }
            platforms[kind] = values.mapValues { [$0] }
        }
        return PackageReferenceValues(
            name: manifest.name,
            digest: facts.digest,
            signer: facts.signer,
            productID: facts.productID,
            securityVersion: facts.securityVersion,
            models: facts.models,
            isDebug: facts.isDebug,
            platforms: platforms
        )
    }
}

extension Binding.PackageFacts.Kernel {
    fileprivate init(_ kernel: Manifest.KernelEntry) {
        let kind: Kind =
            switch kernel.kind {
            case .sealed: .sealed
            case .unsealed: .unsealed
            case .distribution: .distribution
            }
        self.init(kind: kind, release: kernel.release, version: kernel.version)
    }
}

extension Platform {
    /// The kind of evidence that a machine of this platform gives.
    ///
    /// A package's `vtpm` is a machine with a TPM that its host keeps: never the `tpm` of a known authority.
    package var evidenceKind: EvidenceKind {
        switch self {
        case .snp: .snp
        case .tdx: .tdx
        case .vtpm: .developerVtpm
        }
    }
}
