import Attestation
import Crypto
import Diagnostics
import EnclavePackage
import Foundation
import GuestInterface
import PackageManifest
import PeerVerification
import Testing

/// What a package states, in the words of policies.
struct ClaimedPackageTests {
    private static let model = String(repeating: "4d", count: 32)
    private static let digest = String(repeating: "5e", count: 48)
    private static let register = String(repeating: "6f", count: 32)

    private static let manifest: Manifest = {
        let volume = VerityVolume(
            blocks: 1,
            hashStart: 2,
            rootHash: String(repeating: "a0", count: 32),
            salt: "00ff"
        )
        var manifest = Manifest(
            name: "sample",
            commandLine: KernelCommandLine(root: volume, isDebug: false).text,
            machine: MachineRequirements(memoryInBytes: 512 << 20)
        )
        manifest.productID = 7
        manifest.securityVersion = 3
        manifest.modelPacks = [.init(path: "/model", digest: model, name: "flags", version: "1")]
        manifest.referenceValues = ["snp": ["measurement": digest], "vtpm": ["pcr4": register]]
        manifest.parts = ["kernel", "initramfs", "config.json", "root.img"].map {
            .init(name: $0, size: 1, sha256: String(repeating: "b1", count: 32))
        }
        return manifest
    }()

    private let key: PrivateKey
    private let bytes = Array(Self.manifest.text.utf8)
    private let signature: [UInt8]

    init() async throws {
        key = try PrivateKey(generating: .ecdsaP384)
        signature = Array(try await PackageSignature(of: bytes, by: key).text.utf8)
    }

    @Test func `says the digest of the manifest's bytes, the signer, product, version and models`() throws {
        let facts = try ClaimedPackage(manifest: bytes, signature: signature).facts
        #expect(facts.digest == Hexadecimal.text(SHA256.hash(data: bytes)))
        #expect(facts.signer == Hexadecimal.text(SHA256.hash(data: key.publicKey.derRepresentation)))
        #expect(facts.productID == "7")
        #expect(facts.securityVersion == 3)
        #expect(facts.models == [Self.model])
    }

    @Test func `gives reference values by the kind of evidence, a measured machine's as a developer's`() throws {
        let values = try ClaimedPackage(manifest: bytes, signature: signature).referenceValues
        #expect(values.name == "sample")
        #expect(
            values.platforms == [
                .snp: ["measurement": [Self.digest]], .developerVtpm: ["pcr4": [Self.register]],
            ]
        )
    }

    @Test func `takes a computed value in the place of the manifest's, and adds what it lacks`() throws {
        let stated = try ClaimedPackage(manifest: bytes, signature: signature)
        let other = String(repeating: "70", count: 32)
        let values = stated.referenceValues(computed: ["vtpm": ["pcr4": other, "pcr9": other], "tdx": ["mrtd": other]])
        #expect(values.platforms[.developerVtpm] == ["pcr4": [other], "pcr9": [other]])
        #expect(values.platforms[.tdx] == ["mrtd": [other]])
        #expect(values.platforms[.snp] == ["measurement": [Self.digest]])
    }

    @Test func `refuses a manifest that its signer did not sign`() throws {
        var changed = Self.manifest
        changed.securityVersion = 4
        #expect(throws: PackageError.self) {
            try ClaimedPackage(manifest: Array(changed.text.utf8), signature: signature)
        }
    }

    @Test func `refuses a signer that nobody named`() throws {
        let trust = SignerTrust.only([[UInt8](repeating: 0, count: 32)])
        do throws(PackageError) {
            _ = try ClaimedPackage(manifest: bytes, signature: signature, trusting: trust)
            Issue.record("another signer is taken")
        } catch {
            #expect(error.code == .signerUntrusted)
        }
    }

    @Test func `refuses a manifest in another spelling, though it is signed`() async throws {
        let spaced = Array(Self.manifest.text.utf8) + [0x20]
        let signature = Array(try await PackageSignature(of: spaced, by: key).text.utf8)
        do throws(PackageError) {
            _ = try ClaimedPackage(manifest: spaced, signature: signature)
            Issue.record("another spelling is taken")
        } catch {
            #expect(error.code == .manifestInvalid)
        }
    }

    @Test func `makes a policy that the same package's facts satisfy, and another version's do not`() throws {
        let stated = try ClaimedPackage(manifest: bytes, signature: signature)
        let policy = AppraisalPolicy(from: stated.referenceValues)
        #expect(policy.package?.digests == [stated.facts.digest])
        #expect(policy.package?.minimumSecurityVersion == 3)
        #expect(policy.models == [Self.model])
        #expect(policy.developerPlatforms.isEmpty, "a package alone never makes a developer's platform good enough")
    }
}
