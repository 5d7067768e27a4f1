import Diagnostics
import FoundationEssentials

/// A Nitro document with its parsed certificate chain.
struct NitroEvidence: EvidenceFormat {
    /// How far the document's timestamp may be ahead of the verifier's clock.
    private static let clockSkewInSeconds = 60.0
    private static let digitalSignatureBit: UInt8 = 0x80
    /// Image, kernel with initramfs, application: zero in debug mode.
    private static let imagePCRs: [UInt64] = [0, 1, 2]

    let document: NitroDocument
    let chain: CertificateChain

    var kind: EvidenceKind { document.kind }

    init(_ document: NitroDocument) throws(AttestationError) {
        self.document = document
        var links = [
            CertificateChain.Link(
                "document's certificate",
                try Certificate(der: document.certificate, role: "certificate")
            )
        ]
        for (index, der) in document.authorities.enumerated().reversed() {
            let role = "cabundle[\(index)]"
            links.append(CertificateChain.Link(role, try Certificate(der: der, role: role)))
        }
        chain = CertificateChain(leafFirst: links)
    }

    func verify(_ work: inout VerificationContext) -> Claims? {
        let anchor = chain.verify(kind: kind, &work)
        checkLeaf(&work)
        checkSignature(&work)
        if document.timestamp > work.now + Self.clockSkewInSeconds {
            work.refuse(
                NitroCheck.timestamp,
                subject: "document",
                fields: ["timestamp"],
                expected: "at most \(work.now.plain)",
                found: document.timestamp.plain
            )
        }
        return anchor.map(claims)
    }

    private func checkLeaf(_ work: inout VerificationContext) {
        let leaf = chain.links[0].certificate
        guard leaf.authority == nil, let usage = leaf.keyUsage, usage & Self.digitalSignatureBit != 0 else {
            work.refuse(
                NitroCheck.leafUsage,
                subject: "document's certificate",
                fields: ["keyUsage"],
                expected: "digitalSignature, and no authority"
            )
            return
        }
    }

    private func checkSignature(_ work: inout VerificationContext) {
        let key = try? PublicKey(
            subjectPublicKeyInfo: chain.links[0].certificate.subjectPublicKeyInfo,
            subject: "document's certificate"
        )
        guard case .p384 = key,
            key?.signed(message.signedBytes, rawSignature: message.signature, hash: .sha384) == true
        else {
            work.refuse(
                NitroCheck.documentSignature,
                subject: "document",
                fields: NitroDocument.names + [NitroDocument.instanceRegisters, "alg", "signature"],
                expected: "a signature of the document's certificate"
            )
            return
        }
    }

    private var message: CoseSign1 { document.message }

    private func claims(_ anchor: TrustAnchor) -> Claims {
        var claims = Claims(root: anchor.fingerprint)
        // An enclave's zeros say that nothing was measured; an instance's say that nothing replaced, for instance, its command
        // line, which a policy may demand.
        for (index, value) in document.pcrs where kind == .nitroTpm || !value.allSatisfy({ $0 == 0 }) {
            claims.measurements["pcr\(index)"] = value
        }
        claims.reportData = document.userData ?? []
        claims.nonce = document.nonce
        if kind == .nitro {
            claims.signer = claims.measurements["pcr8"]
            let images = Self.imagePCRs.map { document.pcrs[$0] ?? [] }
            claims.isDebug = images.contains { $0.allSatisfy { $0 == 0 } }
        }
        if claims.isDebug {
            claims.reservations.append(
                Finding(
                    NitroCheck.debug,
                    subject: "document",
                    fields: ["pcrs"],
                    expected: "PCR0 to PCR2 not zero",
                    found: "zeros"
                )
            )
        }
        claims.machineIDs["module-id"] = document.moduleID
        claims.endorsements =
            [Endorsement(name: "document", kind: .evidence, issued: document.timestamp, expires: nil)] + chain.ages()
        claims.details = [
            "module_id": document.moduleID, "timestamp": document.timestamp.plain,
            "public_key": document.publicKey.map(Hexadecimal.text) ?? "",
            "user_data": document.userData.map(Hexadecimal.text) ?? "",
            "nonce": document.nonce.map(Hexadecimal.text) ?? "",
        ]
        return claims
    }
}

extension UnverifiedEvidence {
    /// Parses an attestation document of an AWS Nitro enclave or of a NitroTPM, which contains its certificates.
    ///
    /// - Parameter document: The document, with or without CBOR tag 18.
    /// - Returns: The evidence, not verified.
    /// - Throws: `nitro.*`, `evidence.*` and `certificate.*`.
    public static func nitro(document: [UInt8]) throws(AttestationError) -> UnverifiedEvidence {
        UnverifiedEvidence(try NitroEvidence(NitroDocument(document)))
    }
}
