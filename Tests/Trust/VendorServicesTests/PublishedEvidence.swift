import Attestation
import Foundation
import TestSupport
import Testing

/// Genuine evidence without its endorsements, and what its vendor publishes about it, as the service answers.
struct PublishedEvidence: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let bundle: @Sendable () throws -> EvidenceBundle
    let answers: @Sendable () throws -> [String: [LocalVendor.Answer]]
    /// When everything about it was valid.
    let time: TimeInterval
    /// Where the vendor publishes.
    let origins: [String]

    static let all = [turin, trustDomain, enclave]

    static func bytes(_ path: String) throws -> [UInt8] {
        try PublicEvidence.bytes(path)
    }

    static let turin = PublishedEvidence(
        testDescription: "an SNP report",
        bundle: { EvidenceBundle(kind: .snp, parts: ["report": try bytes("snp/oak/report_v5_turin_oc.bin")]) },
        answers: {
            let chain = try ["ask", "ark"].map { name in
                let der = Data(try bytes("snp/amd-roots/turin_\(name).der"))
                let text = der.base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
                return "-----BEGIN CERTIFICATE-----\n\(text)\n-----END CERTIFICATE-----\n"
            }
            return [
                "/vcek/v1/Turin/3b42092f69c656d3?fmcSPL=0&blSPL=1&teeSPL=0&snpSPL=2&ucodeSPL=71": [
                    .init(body: try bytes("snp/oak/vcek_turin_oc.der"))
                ],
                "/vcek/v1/Turin/cert_chain": [.init(body: Array(chain.joined().utf8))],
            ]
        },
        time: 1_755_302_400,
        origins: ["https://kdsintf.amd.com"]
    )
    static let trustDomain = intel(
        "a TDX quote",
        .tdx,
        ("tdx/dcap-qvl/tdx_quote.bin", "tdx/dcap-qvl/tdx_quote_collateral.json")
    )
    static let enclave = intel(
        "an SGX quote",
        .sgx,
        ("sgx/dcap-qvl/sgx_quote.bin", "sgx/dcap-qvl/sgx_quote_collateral.json")
    )

    /// Takes collateral apart again into the answers that somebody once put it together from.
    private static func intel(
        _ name: String,
        _ kind: EvidenceKind,
        _ files: (quote: String, collateral: String)
    ) -> PublishedEvidence {
        PublishedEvidence(
            testDescription: name,
            bundle: { EvidenceBundle(kind: kind, parts: ["quote": try bytes(files.quote)]) },
            answers: {
                let json = Data(try bytes(files.collateral))
                let texts = try JSONDecoder().decode([String: String?].self, from: json)
                func text(_ name: String) throws -> String { try #require(texts[name] ?? nil) }
                func chain(_ name: String) throws -> String {
                    try #require(try text(name).addingPercentEncoding(withAllowedCharacters: .alphanumerics))
                }
                func signed(_ member: String, _ name: String) throws -> [UInt8] {
                    let text = try #"{"\#(member)":\#(text(name)),"signature":"\#(text(name + "_signature"))"}"#
                    return Array(text.utf8)
                }
                func list(_ name: String) throws -> [UInt8] {
                    let digits = Array(try text(name))
                    return stride(from: 0, to: digits.count, by: 2)
                        .compactMap { UInt8(String(digits[$0...($0 + 1)]), radix: 16) }
                }
                let family = try #require(try text("tcb_info").firstMatch(of: #/"fmspc":"([0-9A-Fa-f]+)"/#)).output.1
                let base = "/\(kind.rawValue)/certification/v4"
                let answers: [String: [LocalVendor.Answer]] = [
                    "\(base)/tcb?fmspc=\(family.lowercased())": [
                        .init(
                            headers: [("TCB-Info-Issuer-Chain", try chain("tcb_info_issuer_chain"))],
                            body: try signed("tcbInfo", "tcb_info")
                        )
                    ],
                    "\(base)/qe/identity": [
                        .init(
                            headers: [("SGX-Enclave-Identity-Issuer-Chain", try chain("qe_identity_issuer_chain"))],
                            body: try signed("enclaveIdentity", "qe_identity")
                        )
                    ],
                    "/IntelSGXRootCA.der": [.init(body: try list("root_ca_crl"))],
                ]
                let platformList = LocalVendor.Answer(
                    headers: [("SGX-PCK-CRL-Issuer-Chain", try chain("pck_crl_issuer_chain"))],
                    body: try list("pck_crl")
                )
                let both = ["platform", "processor"].map { authority in
                    ("/sgx/certification/v4/pckcrl?ca=\(authority)&encoding=der", [platformList])
                }
                return answers.merging(both) { first, _ in first }
            },
            time: 1_751_328_000,
            origins: [
                "https://api.trustedservices.intel.com", "https://certificates.trustedservices.intel.com",
            ]
        )
    }
}
