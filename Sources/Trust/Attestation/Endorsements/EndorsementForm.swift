import FoundationEssentials
import StrictJSON

/// What a document of a vendor must be before a cache keeps it, by the name of its request.
///
/// The verifier checks every document again, with its dates, whenever it is used. This check keeps a mirror from filling a
/// cache with what is no document of the vendor, or with one that claims to be of the future.
enum EndorsementForm {
    /// Any bytes: the name is none of a vendor's.
    case opaque
    /// AMD's certificate of a processor, in DER.
    case certificate
    /// AMD's two certificates above it, in PEM.
    case chain
    /// A list that a root signed, in DER.
    case rootList
    /// A list with the chain of its issuer.
    case chainedList
    /// A signed JSON document with the chain of its signer; the member that is signed.
    case signed(member: String)

    /// When a document was issued, and when it expires, where it says so.
    struct Dates: Equatable {
        var issued: Date?
        var expires: Date?
    }

    init(name: String) {
        switch name {
        case _ where name.hasPrefix("amd-") && name.hasSuffix(".der"): self = .certificate
        case _ where name.hasPrefix("amd-") && name.hasSuffix("-chain.pem"): self = .chain
        case _ where name.hasPrefix("amd-") && name.hasSuffix(".crl"), "intel-root.crl": self = .rootList
        case _ where name.hasPrefix("intel-pck-") && name.hasSuffix(".crl"): self = .chainedList
        case "intel-sgx-qe-identity.json", "intel-tdx-qe-identity.json": self = .signed(member: "enclaveIdentity")
        case _ where name.hasPrefix("intel-") && name.hasSuffix(".json"): self = .signed(member: "tcbInfo")
        default: self = .opaque
        }
    }

    /// Checks form and signature, and that the document is not of the future.
    ///
    /// - Parameters:
    ///   - bytes: The document.
    ///   - anchors: The trusted roots.
    ///   - now: The current time.
    /// - Returns: The document's dates.
    /// - Throws: The first failed check: `certificate.*`, `revocation-list.*`, `dcap.collateral-*`,
    ///   `endorsement.document-invalid`.
    func examine(_ bytes: [UInt8], anchors: [TrustAnchor], at now: Date) throws(AttestationError) -> Dates {
        let dates = try dates(bytes)
        // What has expired is still the vendor's, so signatures count as of the day of issue.
        var work = VerificationContext(now: min(now, dates.issued ?? now), anchors: anchors)
        switch self {
        case .opaque, .certificate: break
        case .chain:
            let links = try CertificateChain(leafFirst: Self.blocks(bytes), roles: ["ASK", "ARK"])
            _ = links.verify(lists: [], kind: .snp, &work)
        case .rootList:
            let list = try RevocationList(der: bytes, role: "revocation list")
            guard let anchor = anchors.first(where: { $0.name == list.issuerCommonName }) else {
                throw AttestationError(CertificateCheck.listIssuerMismatch, subject: "revocation list")
            }
            list.verify(role: "revocation list", by: anchor.publicKey, &work)
        case .chainedList:
            let document = try Self.parts(bytes)
            let list = try RevocationList(der: document.body, role: "PCK revocation list")
            let issuer = try Self.signer(document.chain, "PCK revocation list", &work)
            list.verify(role: "PCK revocation list", by: issuer.subjectPublicKeyInfo, &work)
        case .signed(let member):
            let document = try Self.parts(bytes)
            let signed = try DcapCollateral.signed(member, document.body)
            let signer = try Self.signer(document.chain, member, &work)
            let key = try PublicKey(subjectPublicKeyInfo: signer.subjectPublicKeyInfo, subject: member)
            if !key.signed(signed.body, rawSignature: signed.signature, hash: .sha256) {
                work.refuse(DcapCheck.collateralSignatureInvalid, subject: member, fields: ["body", "signature"])
            }
        }
        if let finding = work.findings.first { throw AttestationError(finding) }
        return dates
    }

    /// The dates alone, without a look at signatures.
    ///
    /// - Parameter bytes: The document.
    /// - Returns: Its dates; none for a form that has none.
    /// - Throws: As ``examine(_:anchors:at:)``, for what has another form.
    func dates(_ bytes: [UInt8]) throws(AttestationError) -> Dates {
        switch self {
        case .opaque: return Dates()
        case .certificate:
            _ = try Certificate(der: bytes, role: "VCEK")
            return Dates()
        case .chain:
            guard try Self.blocks(bytes).count == 2 else {
                throw AttestationError(
                    EndorsementCheck.documentInvalid,
                    subject: "AMD's chain",
                    expected: "ASK and ARK"
                )
            }
            return Dates()
        case .rootList: return try Self.dates(ofList: bytes)
        case .chainedList: return try Self.dates(ofList: Self.parts(bytes).body)
        case .signed(let member):
            let signed = try DcapCollateral.signed(member, Self.parts(bytes).body)
            do throws(JSONError) {
                let root = try JSONText(signed.body).root
                return Dates(issued: try root.date("issueDate"), expires: try root.date("nextUpdate"))
            } catch {
                throw AttestationError(
                    DcapCheck.collateralMalformed,
                    subject: member,
                    fields: ["body"],
                    expected: "\(error.place): \(error.expected)"
                )
            }
        }
    }

    private static func dates(ofList der: [UInt8]) throws(AttestationError) -> Dates {
        let list = try RevocationList(der: der, role: "revocation list")
        return Dates(issued: list.thisUpdate, expires: list.nextUpdate)
    }

    private static func blocks(_ pem: [UInt8]) throws(AttestationError) -> [[UInt8]] {
        try PemText.blocks(pem, subject: "AMD's chain")
    }

    private static func parts(_ bytes: [UInt8]) throws(AttestationError) -> ChainedDocument {
        guard let document = ChainedDocument(bytes) else {
            throw AttestationError(
                EndorsementCheck.documentInvalid,
                subject: "document",
                expected: "its signer's chain, a zero byte, and the document"
            )
        }
        return document
    }

    /// The certificate that signed, after its chain was verified up to Intel's root.
    private static func signer(
        _ pem: [UInt8],
        _ subject: String,
        _ work: inout VerificationContext
    ) throws(AttestationError) -> Certificate {
        let blocks = try PemText.blocks(pem, subject: "\(subject) chain")
        let chain = try CertificateChain(leafFirst: blocks, roles: ["\(subject) signer", "SGX root"])
        _ = chain.verify(lists: [], kind: .tdx, &work)
        guard let first = chain.links.first else {
            throw AttestationError(CertificateCheck.chainEmpty, subject: subject)
        }
        return first.certificate
    }
}
