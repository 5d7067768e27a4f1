import Foundation
import TestSupport
import Testing

/// `adyton evidence pack`, and what `verify` and `policy check` take for a file.
@Suite("Packing evidence", .enabled(if: PublicEvidence.isReady(PublicEvidence.index), "\(PublicEvidence.absence)"))
struct EvidencePackTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func path(_ name: String) -> String { folder.url.appending(path: name).path }

    private func place(_ vector: String, as name: String) throws -> String {
        try Data(PublicEvidence.bytes(vector)).write(to: folder.url.appending(path: name))
        return path(name)
    }

    private func pem(_ vectors: [String], as name: String) throws -> String {
        let text = try vectors.map { vector in
            let der = Data(try PublicEvidence.bytes(vector))
            let base64 = der.base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
            return "-----BEGIN CERTIFICATE-----\n\(base64)\n-----END CERTIFICATE-----\n"
        }
        try Data(text.joined().utf8).write(to: folder.url.appending(path: name))
        return path(name)
    }

    private func report(_ output: Data) throws -> [String: Any] {
        try #require(JSONSerialization.jsonObject(with: output) as? [String: Any])
    }

    @Test func `a report with certificates in DER and PEM becomes a bundle that is verified`() async throws {
        let raw = try place("snp/oak/report_v5_turin_oc.bin", as: "report.bin")
        let key = try pem(["snp/oak/vcek_turin_oc.der"], as: "vcek.pem")
        let chain = try pem(["snp/amd-roots/turin_ask.der", "snp/amd-roots/turin_ark.der"], as: "cert_chain.pem")
        let machine = path("machine.json")
        let parts = ["report=\(raw)", "vcek=\(key)", "cert_chain=\(chain)"]
        let packed = try await Tool.adyton.run(["evidence", "pack"] + parts + ["-o", machine, "--json"])
        #expect(packed.status == 0, "\(packed.standardError)")
        let document = try report(packed.standardOutput)
        #expect(document["kind"] as? String == "snp" && document["complete"] as? Bool == true)
        #expect((document["parts"] as? [Any])?.count == 4)
        let again = try await Tool.adyton.run(["evidence", "pack"] + parts + ["-o", machine])
        #expect(again.status == 74, "an existing file is refused: \(again.standardError)")
        #expect(try await Tool.adyton.run(["evidence", "pack"] + parts + ["-o", machine, "--force"]).status == 0)
        let clock = ["--at", "2025-08-16T00:00:00Z"]
        let verified = try await Tool.adyton.run(["verify", machine] + clock)
        #expect(verified.status == 0, "\(String(decoding: verified.standardOutput, as: UTF8.self))")
        let wrong = String(repeating: "5a", count: 32)
        for option in ["--nonce", "--report-data"] {
            let refused = try await Tool.adyton.run(["verify", machine, option, wrong] + clock)
            #expect(refused.status == 1)
            #expect(String(decoding: refused.standardOutput, as: UTF8.self).contains("policy.report-data-mismatch"))
        }
        let bytes = try PublicEvidence.bytes("snp/oak/report_v5_turin_oc.bin")[0x50..<0x90]
        let digits = bytes.map { String(format: "%02x", $0) }.joined()
        #expect(try await Tool.adyton.run(["verify", machine, "--report-data", digits] + clock).status == 0)
        #expect(try await Tool.adyton.run(["verify", machine, "--nonce", "00"] + clock).status == 64)
    }

    @Test func `a report alone is packed, and what is missing is said`() async throws {
        let raw = try place("snp/oak/report_v5_turin_oc.bin", as: "report.bin")
        let packed = try await Tool.adyton.run(["evidence", "pack", "report=\(raw)"])
        #expect(packed.status == 0)
        #expect(packed.standardError.contains("VCEK is missing"))
        #expect(try report(packed.standardOutput)["kind"] as? String == "snp")
    }

    @Test func `a misspelled part, a file that is none and a missing one have their statuses`() async throws {
        let raw = try place("snp/oak/report_v5_turin_oc.bin", as: "report.bin")
        let misnamed = try await Tool.adyton.run(["evidence", "pack", "raport=\(raw)"])
        #expect(misnamed.status == 65 && misnamed.standardError.contains("evidence.part-misnamed"))
        let text = try await Tool.adyton.run(["evidence", "pack", "report=\(raw)", "vcek=\(raw)"])
        #expect(text.status == 65 && text.standardError.contains("certificate.malformed"))
        #expect(try await Tool.adyton.run(["evidence", "pack", "report=\(path("none"))"]).status == 66)
        #expect(try await Tool.adyton.run(["evidence", "pack", "report"]).status == 64)
        #expect(try await Tool.adyton.run(["evidence", "pack", "report=\(raw)", "--json"]).status == 64)
    }

    @Test func `a quote of Google's TPM is packed with tpm2_pcrread's text, and verified`() async throws {
        let base = "tpm/go-tpm-tools/gce-cos-85-nonce9009/sha256_"
        let json = Data(try PublicEvidence.bytes(base + "pcrs.json"))
        let banks = try #require(JSONSerialization.jsonObject(with: json) as? [String: [String: String]])
        let values = try #require(banks["sha256"]).sorted { (Int($0.key) ?? 0) < (Int($1.key) ?? 0) }
        let lines = values.map { "    \($0.key) : 0x\($0.value.uppercased())" }
        try Data((["  sha1:", "  sha256:"] + lines).joined(separator: "\n").utf8)
            .write(to: folder.url.appending(path: "pcrs.txt"))
        let chain = try pem(
            ["tpm/go-tpm-tools/ak_cert.der", "tpm/go-tpm-tools/tpm_ek_intermediate_2.crt"],
            as: "ak.pem"
        )
        let parts = [
            "attest=\(try place(base + "attest.bin", as: "attest"))",
            "signature=\(try place(base + "signature_tpmt.bin", as: "signature"))",
            "ak_public=\(try place("tpm/go-tpm-tools/ak_tpmt_public.bin", as: "ak"))", "ak_certificate=\(chain)",
            "pcrs=\(path("pcrs.txt"))",
        ]
        let bundle = path("tpm.json")
        let packed = try await Tool.adyton.run(["evidence", "pack"] + parts + ["-o", bundle])
        #expect(packed.status == 0, "\(packed.standardError)")
        let clock = ["--at", "2023-01-01T00:00:00Z"]
        let without = try await Tool.adyton.run(["verify", bundle] + clock)
        #expect(without.status == 1)
        #expect(String(decoding: without.standardOutput, as: UTF8.self).contains("certificate.root-unknown"))
        #expect(try await Tool.adyton.run(["verify", bundle, "--tpm-authority", "gcp"] + clock).status == 0)
        #expect(try await Tool.adyton.run(["verify", bundle, "--tpm-authority", "azure"] + clock).status == 1)
        let root = try pem(["tpm/go-tpm-tools/tpm_ek_root_1.cer"], as: "root.pem")
        #expect(try await Tool.adyton.run(["verify", bundle, "--tpm-authority", root] + clock).status == 0)
        #expect(try await Tool.adyton.run(["verify", bundle, "--tpm-authority", path("none")] + clock).status == 66)
    }
}
