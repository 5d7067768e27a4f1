import Attestation
import AttestedTransport
import Crypto
import EnclavePackage
import Foundation
import GuestInterface
import PackageManifest

/// A machine whose TPM is a key of this test's: it signs a quote of one register over whatever it is told to.
struct SampleMachine {
    static let register = [UInt8](repeating: 0x6f, count: 32)

    private let key = P256.Signing.PrivateKey()
    let hpkeKey = HpkeKeyConfiguration(publicKey: [UInt8](repeating: 9, count: 32))

    /// What a verifier must be given.
    var root: TrustAnchor {
        TrustAnchor(
            name: "test",
            kinds: [.developerVtpm],
            fingerprint: String(repeating: "ab", count: 32),
            publicKey: Array(key.publicKey.derRepresentation),
            origin: "this test"
        )
    }

    /// A policy that takes the register under this root.
    var policy: AppraisalPolicy {
        var rule = AppraisalPolicy.PlatformRule()
        rule.measurements = ["pcr4": [String(repeating: "6f", count: 32)]]
        rule.roots = [root.fingerprint]
        var policy = AppraisalPolicy()
        policy.platforms[.developerVtpm] = rule
        return policy
    }

    /// An honest answer to a challenge.
    func document(_ challenge: Challenge, tlsKey: [UInt8], _ package: PackageDocuments = .none) throws
        -> EvidenceDocument
    {
        let data = ReportData(
            challenge: challenge,
            tlsPublicKey: tlsKey,
            hpkePublicKey: hpkeKey.publicKey,
            manifestDigest: package.digest
        )
        return try document(carrying: Array(SHA256.hash(data: data.bytes)), package)
    }

    /// An answer whose quote carries any bytes.
    func document(carrying data: [UInt8], _ package: PackageDocuments = .none) throws -> EvidenceDocument {
        let quote = quote(carrying: data)
        let signature = try key.signature(for: quote).rawRepresentation
        let registers = #"{"sha256": {"4": "\#(String(repeating: "6f", count: 32))"}}"#
        let evidence = EvidenceBundle(
            kind: .developerVtpm,
            parts: [
                "attest": quote, "ak_public": publicArea, "pcrs": Array(registers.utf8),
                // ECDSA with SHA-256, then both numbers (TPM 2.0 Library, Part 2, TPMT_SIGNATURE).
                "signature": [0, 0x18, 0, 0x0b] + sized(Array(signature.prefix(32)))
                    + sized(Array(signature.suffix(32))),
            ]
        )
        return EvidenceDocument(evidence: evidence, hpkeKey: hpkeKey, package: package)
    }

    /// `TPMS_ATTEST` of PCR 4.
    private func quote(carrying data: [UInt8]) -> [UInt8] {
        var quote: [UInt8] = [0xff, 0x54, 0x43, 0x47, 0x80, 0x18]
        quote += sized([0, 0x0b] + [UInt8](repeating: 1, count: 32))
        quote += sized(data)
        // The clock, the counts of resets and restarts, whether it is safe, the firmware's version.
        quote += [UInt8](repeating: 0, count: 8 + 4 + 4) + [1] + [UInt8](repeating: 0, count: 8)
        quote += [0, 0, 0, 1, 0, 0x0b, 3, 0b1_0000, 0, 0]
        return quote + sized(Array(SHA256.hash(data: Self.register)))
    }

    /// `TPMT_PUBLIC` of a restricted signing key that cannot leave its TPM.
    private var publicArea: [UInt8] {
        let point = key.publicKey.rawRepresentation
        let start: [UInt8] = [0, 0x23, 0, 0x0b, 0, 0x05, 0, 0x72, 0, 0]
        let parameters: [UInt8] = [0, 0x10, 0, 0x18, 0, 0x0b, 0, 3, 0, 0x10]
        return start + parameters + sized(Array(point.prefix(32))) + sized(Array(point.suffix(32)))
    }

    private func sized(_ bytes: [UInt8]) -> [UInt8] { [UInt8(bytes.count >> 8), UInt8(bytes.count & 0xff)] + bytes }
}

/// A package that was never built: its manifest, and who signed that.
struct SamplePackage {
    static let model = String(repeating: "4d", count: 32)

    let key: PrivateKey
    let documents: PackageDocuments

    init(
        register: String = String(repeating: "6f", count: 32),
        isDebug: Bool = false,
        signer: PrivateKey? = nil
    ) async throws {
        let volume = VerityVolume(blocks: 1, hashStart: 2, rootHash: String(repeating: "a0", count: 32), salt: "00ff")
        var manifest = Manifest(
            name: "sample",
            commandLine: KernelCommandLine(root: volume, isDebug: isDebug).text,
            machine: MachineRequirements(memoryInBytes: 512 << 20)
        )
        manifest.isDebug = isDebug
        manifest.modelPacks = [.init(path: "/model", digest: Self.model, name: "flags", version: "1")]
        manifest.referenceValues = ["vtpm": ["pcr4": register]]
        manifest.parts = ["kernel", "initramfs", "config.json", "root.img"].map {
            .init(name: $0, size: 1, sha256: String(repeating: "b1", count: 32))
        }
        key = try signer ?? PrivateKey(generating: .ed25519)
        let bytes = Array(manifest.text.utf8)
        documents = PackageDocuments(
            manifest: bytes,
            signature: Array(try await PackageSignature(of: bytes, by: key).text.utf8)
        )
    }
}
