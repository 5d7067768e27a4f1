import Crypto
import Diagnostics
import Foundation
import TestSupport
import Testing

@testable import Attestation

@Suite("Trust anchors", .enabled(if: Vectors.areReady, "\(PublicEvidence.absence)"))
struct TrustAnchorTests {
    @Test(
        arguments: [
            (TrustAnchor.amdMilan, "snp/amd-roots/milan_ark.der"), (.amdGenoa, "snp/amd-roots/genoa_ark.der"),
            (.amdTurin, "snp/amd-roots/turin_ark.der"),
            (.intelSGX, "tdx/intel-root/Intel_SGX_Provisioning_Certification_RootCA.der"),
            (.awsNitro, "nitro/aws-root/AWS_NitroEnclaves_Root-G1.der"),
        ]
    )
    func `a root is the vendor's certificate`(anchor: TrustAnchor, path: String) throws {
        let der = try Vectors.bytes(path)
        let certificate = try Certificate(der: der, role: "root")
        #expect(Hexadecimal.text(SHA256.hash(data: der)) == anchor.fingerprint)
        #expect(certificate.subjectPublicKeyInfo == anchor.publicKey)
        #expect(certificate.commonName == anchor.name)
        let key = try PublicKey(subjectPublicKeyInfo: anchor.publicKey, subject: "root")
        #expect(
            key.signed(
                certificate.signedPart,
                signature: certificate.signature,
                algorithm: certificate.algorithm
            )
        )
    }

    @Test func `every vendor's root has a test`() {
        #expect(TrustAnchor.vendors.count == 5)
    }
}
