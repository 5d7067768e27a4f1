import Crypto
import Diagnostics
import Foundation
import Testing

@testable import Attestation

@Suite("Clouds' roots for virtual TPMs")
struct TpmAuthorityTests {
    @Test(
        arguments: [
            (TrustAnchor.gcpTpm2018, TpmRootCertificates.gcpTpm2018), (.gcpTpm, TpmRootCertificates.gcpTpm),
            (.azureTpm, TpmRootCertificates.azureTpm),
        ]
    )
    func `a root is the cloud's certificate, which signed itself`(anchor: TrustAnchor, base64: String) throws {
        let der = Array(try #require(Data(base64Encoded: base64)))
        let certificate = try Certificate(der: der, role: "root")
        #expect(Hexadecimal.text(SHA256.hash(data: der)) == anchor.fingerprint)
        #expect(certificate.subjectPublicKeyInfo == anchor.publicKey)
        #expect(certificate.commonName == anchor.name)
        #expect(certificate.subject == certificate.issuer)
        let key = try PublicKey(subjectPublicKeyInfo: anchor.publicKey, subject: "root")
        #expect(
            key.signed(
                certificate.signedPart,
                signature: certificate.signature,
                algorithm: certificate.algorithm
            )
        )
        #expect(anchor.kinds == [.tpm])
    }

    @Test func `none of them is trusted unless a caller names it`() {
        let named = TrustAnchor.tpmAuthorities.values.flatMap(\.self)
        #expect(named.count == 3)
        #expect(Set(named).isDisjoint(with: TrustAnchor.vendors))
    }
}
