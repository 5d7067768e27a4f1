import Diagnostics
import StrictJSON

/// Intel's collateral for a platform: signed documents, their signers' chains, and revocation lists.
///
/// It is part of the evidence: nothing is fetched here, and nothing in it is trusted before its signature is verified.
package struct DcapCollateral: Sendable, Equatable {
    /// The largest JSON text, in bytes.
    package static let maximumByteCount = 1 << 20

    /// The platform's TCB levels (TCB info).
    let tcbInfo: SignedCollateral
    /// The signer's chain of the TCB info, in PEM, leaf first.
    let tcbInfoChain: [UInt8]
    /// The quoting enclave's identity.
    let quotingEnclaveIdentity: SignedCollateral
    /// The signer's chain of the QE identity, in PEM, leaf first.
    let quotingEnclaveIdentityChain: [UInt8]
    /// The root's revocation list, in DER.
    let rootList: [UInt8]
    /// The revocation list of the PCK certificate's issuer, in DER.
    let platformList: [UInt8]
    /// That issuer's chain, in PEM, leaf first.
    let platformListChain: [UInt8]
    /// The PCK certificate chain, in PEM, leaf first; nil where the quote contains it.
    let platformChain: [UInt8]?

    /// Parses collateral in `dcap-qvl`'s JSON: signed documents as JSON strings, revocation lists as hexadecimal DER.
    ///
    /// - Parameter json: One object with `tcb_info`, `tcb_info_signature`, `tcb_info_issuer_chain`, the same three of
    ///   `qe_identity`, `root_ca_crl`, `pck_crl`, `pck_crl_issuer_chain` and, where the quote has none,
    ///   `pck_certificate_chain`.
    /// - Throws: `evidence.too-large`, `dcap.collateral-malformed`.
    package init(parsing json: [UInt8]) throws(AttestationError) {
        guard json.count <= Self.maximumByteCount else {
            throw AttestationError(
                EvidenceCheck.tooLarge,
                subject: "collateral",
                expected: "at most \(Self.maximumByteCount) bytes",
                found: "\(json.count) bytes"
            )
        }
        let members = try Self.members(of: json)
        tcbInfo = SignedCollateral(
            body: try Self.text("tcb_info", members),
            signature: try Self.digits("tcb_info_signature", members)
        )
        tcbInfoChain = try Self.text("tcb_info_issuer_chain", members)
        quotingEnclaveIdentity = SignedCollateral(
            body: try Self.text("qe_identity", members),
            signature: try Self.digits("qe_identity_signature", members)
        )
        quotingEnclaveIdentityChain = try Self.text("qe_identity_issuer_chain", members)
        rootList = try Self.digits("root_ca_crl", members)
        platformList = try Self.digits("pck_crl", members)
        platformListChain = try Self.text("pck_crl_issuer_chain", members)
        let chain = "pck_certificate_chain"
        let isAbsent = members[chain]?.isNull ?? true
        platformChain = isAbsent ? nil : try Self.text(chain, members)
    }

    /// Assembles the responses of Intel's provisioning service, each as received.
    ///
    /// - Parameters:
    ///   - tcbInfo: The response of `/tcb`: an object with `tcbInfo` and `signature`.
    ///   - tcbInfoChain: Its header `TCB-Info-Issuer-Chain`, percent-decoded.
    ///   - quotingEnclaveIdentity: The response of `/qe/identity`: an object with `enclaveIdentity` and `signature`.
    ///   - quotingEnclaveIdentityChain: Its header `SGX-Enclave-Identity-Issuer-Chain`, percent-decoded.
    ///   - rootList: The root's revocation list, in DER.
    ///   - platformList: The response of `/pckcrl`, in DER.
    ///   - platformListChain: Its header `SGX-PCK-CRL-Issuer-Chain`, percent-decoded.
    /// - Throws: `dcap.collateral-malformed`.
    package init(
        tcbInfo: [UInt8],
        tcbInfoChain: [UInt8],
        quotingEnclaveIdentity: [UInt8],
        quotingEnclaveIdentityChain: [UInt8],
        rootList: [UInt8],
        platformList: [UInt8],
        platformListChain: [UInt8]
    ) throws(AttestationError) {
        self.tcbInfo = try Self.signed("tcbInfo", tcbInfo)
        self.tcbInfoChain = tcbInfoChain
        self.quotingEnclaveIdentity = try Self.signed("enclaveIdentity", quotingEnclaveIdentity)
        self.quotingEnclaveIdentityChain = quotingEnclaveIdentityChain
        self.rootList = rootList
        self.platformList = platformList
        self.platformListChain = platformListChain
        platformChain = nil
    }

    private static func members(of json: [UInt8]) throws(AttestationError) -> JSONNode {
        do throws(JSONError) {
            let root = try JSONText(json).root
            guard root.kind == .object else { throw root.failure(.type, expected: "an object") }
            return root
        } catch {
            throw malformed(error.place, expected: error.expected, found: error.found ?? "something else")
        }
    }

    /// Takes an answer of Intel's service apart.
    ///
    /// - Parameters:
    ///   - name: The member that is signed.
    ///   - answer: An object with that member and `signature`.
    /// - Returns: The member's exact bytes and the signature.
    /// - Throws: `dcap.collateral-malformed`.
    static func signed(_ name: String, _ answer: [UInt8]) throws(AttestationError) -> SignedCollateral {
        let members = try members(of: answer)
        guard let body = members[name] else { throw malformed(name, expected: "an object", found: "nothing") }
        return SignedCollateral(body: body.bytes, signature: try digits("signature", members))
    }

    private static func text(_ name: String, _ members: JSONNode) throws(AttestationError) -> [UInt8] {
        guard let value = members[name] else { throw malformed(name, expected: "a string", found: "nothing") }
        guard let text = value.utf8 else { throw malformed(name, expected: "a string", found: "another value") }
        return text
    }

    private static func digits(_ name: String, _ members: JSONNode) throws(AttestationError) -> [UInt8] {
        guard let bytes = Hexadecimal.bytes(ascii: try text(name, members)) else {
            throw malformed(name, expected: "hexadecimal digits", found: "other text")
        }
        return bytes
    }

    private static func malformed(_ name: String, expected: String, found: String) -> AttestationError {
        AttestationError(
            DcapCheck.collateralMalformed,
            subject: "collateral",
            fields: [name],
            expected: expected,
            found: found
        )
    }
}
