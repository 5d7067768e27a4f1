import Attestation
import Foundation
import TestSupport
import Testing

@Suite("Changed quotes of a TPM", .enabled(if: Vectors.areReady, "\(PublicEvidence.absence)"))
struct TpmFieldTests {
    private static let folder = "tpm/go-tpm-tools/"
    private static let paths = [
        "attest": folder + "gce-cos-85-nonce9009/sha256_attest.bin",
        "signature": folder + "gce-cos-85-nonce9009/sha256_signature_tpmt.bin",
        "pcrs": folder + "gce-cos-85-nonce9009/sha256_pcrs.json", "ak_public": folder + "ak_tpmt_public.bin",
        "event_log": folder + "event_log.bin",
    ]

    private let genuine: [String: [UInt8]]
    private let verifier: Verifier

    init() throws {
        genuine = try Self.paths.mapValues(Vectors.bytes)
        let key = try TrustAnchor(developerKey: try Vectors.bytes(Self.folder + "ak_tpmt_public.bin"))
        verifier = Verifier(alsoTrustingDeveloperRoots: [key])
    }

    private func findings(_ parts: [String: [UInt8]], now: TimeInterval = 1_672_531_200) -> [Finding] {
        do throws(AttestationError) {
            let evidence = try UnverifiedEvidence(kind: .developerVtpm, parts: EvidenceParts(parts))
            switch verifier.verify(evidence, at: Date(timeIntervalSince1970: now)) {
            case .refused(let findings): return findings
            case .verified: return []
            }
        } catch {
            return [error.finding]
        }
    }

    @Test func `a changed field of the quote is refused by a finding that names it`() throws {
        #expect(findings(genuine).isEmpty)
        let attest = try #require(genuine["attest"])
        for field in try TpmQuote(attest).fields {
            for place in field.range {
                var changed = genuine
                changed["attest"]?[place] = attest[place] ^ 1
                let findings = findings(changed)
                // A wrong length shows in the bytes after it.
                let isUnreadable = findings.contains { $0.id.hasPrefix("evidence.") }
                #expect(
                    isUnreadable || findings.contains { $0.fields.contains(field.name) },
                    "\(field.name) at \(place): \(findings)"
                )
                #expect(!findings.isEmpty)
            }
        }
    }

    @Test(
        arguments: [
            ("sigAlg", 0..<2, "evidence.field-invalid"), ("hash", 2..<4, "evidence.field-invalid"),
            ("signature", 4..<6, "evidence."), ("signature", 6..<262, "tpm.signature-invalid"),
        ]
    )
    func `a changed field of the signature is refused`(field: String, range: Range<Int>, check: String) throws {
        let signature = try #require(genuine["signature"])
        for place in Set([range.lowerBound, range.upperBound - 1]) {
            var changed = genuine
            changed["signature"]?[place] = signature[place] ^ 0xF0
            let findings = findings(changed)
            #expect(
                findings.contains { $0.id.hasPrefix(check) && $0.fields.contains(field) },
                "\(field) at \(place): \(findings)"
            )
        }
    }

    @Test func `a changed key is not the one that is trusted`() throws {
        let area = try #require(genuine["ak_public"])
        for place in 24..<area.count {
            var changed = genuine
            changed["ak_public"]?[place] = area[place] ^ 1
            #expect(!findings(changed).isEmpty, "byte \(place)")
        }
    }

    @Test(arguments: ["attest", "signature", "ak_public", "event_log", "pcrs"])
    func `a part that is cut anywhere is refused`(part: String) throws {
        let bytes = try #require(genuine[part])
        // A log ends with its last event; bytes after it are padding.
        let end = part == "event_log" ? try EventLog(parsing: bytes).byteCount : bytes.count
        for count in stride(from: 0, to: end, by: end > 2_000 ? 61 : 1) {
            var cut = genuine
            cut[part] = Array(bytes.prefix(count))
            #expect(!findings(cut).isEmpty, "\(count) bytes of \(part)")
        }
    }

    @Test func `a register that was not quoted, or another value, is refused`() throws {
        var changed = genuine
        let json = Data(try #require(genuine["pcrs"]))
        let banks = try #require(JSONSerialization.jsonObject(with: json) as? [String: [String: String]])
        for number in try #require(banks["sha256"]).keys {
            var fewer = banks
            fewer["sha256"]?[number] = nil
            changed["pcrs"] = Array(try JSONSerialization.data(withJSONObject: fewer))
            #expect(findings(changed).map(\.id) == ["tpm.registers-missing"])
            fewer["sha256"]?[number] = String(repeating: "5a", count: 32)
            changed["pcrs"] = Array(try JSONSerialization.data(withJSONObject: fewer))
            let reasons = findings(changed)
            #expect(reasons.first?.id == "tpm.registers-mismatch")
            #expect(reasons.first?.fields.contains("pcr\(number)") == true)
        }
        var more = banks
        more["sha256"]?["24"] = String(repeating: "00", count: 32)
        changed["pcrs"] = Array(try JSONSerialization.data(withJSONObject: more))
        #expect(findings(changed).map(\.id) == ["tpm.registers-missing"])
        more = banks
        more["sha384"] = ["0": String(repeating: "00", count: 48)]
        changed["pcrs"] = Array(try JSONSerialization.data(withJSONObject: more))
        #expect(findings(changed).map(\.id) == ["tpm.registers-missing"])
    }

    @Test func `a log of another boot is refused by a finding that names the register`() throws {
        var changed = genuine
        changed["event_log"] = try Vectors.bytes("tpm/go-tpm-tools/eventlogs/cos-101-amd-sev.bin")
        let findings = findings(changed)
        #expect(!findings.isEmpty)
        #expect(
            findings.allSatisfy { $0.id == "eventlog.replay-mismatch" && $0.fields.first?.hasPrefix("pcr") == true }
        )
    }

    @Test func `a key's certificate must be of that key, by an authority that is trusted, and in date`() throws {
        let names = ["ak_cert.der", "tpm_ek_intermediate_2.crt", "tpm_ek_root_1.cer"]
        let chain = try names.map { try Vectors.bytes(Self.folder + $0) }
        let root = try TrustAnchor(tpmAuthority: chain[2], origin: "the vectors")
        func reasons(_ chain: [[UInt8]], _ roots: [TrustAnchor], area: [UInt8]?, year: Double = 53) throws -> Set<
            String
        > {
            let evidence = try UnverifiedEvidence(
                tpmQuote: try #require(genuine["attest"]),
                signature: try #require(genuine["signature"]),
                publicArea: try area ?? #require(genuine["ak_public"]),
                certificates: chain,
                registers: try TpmRegisters(json: try #require(genuine["pcrs"]))
            )
            let now = Date(timeIntervalSince1970: year * 365.25 * 86_400)
            guard case .refused(let findings) = Verifier(alsoTrustingDeveloperRoots: roots).verify(evidence, at: now)
            else { return [] }
            return Set(findings.map(\.id))
        }
        #expect(try reasons(chain, [root], area: nil).isEmpty)
        #expect(try reasons(Array(chain.dropLast()), [root], area: nil).isEmpty)
        #expect(try reasons(chain, [], area: nil) == ["certificate.root-unknown"])
        #expect(try reasons([chain[0], chain[2]], [root], area: nil).contains("certificate.issuer-mismatch"))
        #expect(try reasons(Array(chain.dropFirst()), [root], area: nil).contains("tpm.key-of-another"))
        #expect(try reasons(chain, [root], area: nil, year: 20).contains("certificate.not-yet-valid"))
        let other = try Vectors.bytes("tpm/keylime/ak_tpm2b_public.bin")
        #expect(try reasons(chain, [root], area: other) == ["tpm.key-of-another", "tpm.signature-invalid"])
    }

    @Test func `a signature with SHA-1 refuses unless a policy names it`() throws {
        let url = try #require(Vectors.folder).appending(path: "INDEX.json")
        let index = try ConformanceIndex(reading: url)
        let entries = try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [[String: Any]]
        var entry = try #require(entries?.first { $0["id"] as? String == "tpm/go-attestation/windows-gcp-sha1" })
        entry["policy"] = nil
        let json = try JSONSerialization.data(withJSONObject: entry)
        let strict = try JSONDecoder().decode(ConformanceVector.self, from: json)
        guard case .reject(let findings) = ConformanceRunner(index, clock: Date()).run(strict).answer else {
            Issue.record("accepted")
            return
        }
        #expect(findings.map(\.id) == ["tpm.sha1", "tpm.sha1"])
        #expect(findings.map(\.subject) == ["signature", "registers"])
    }
}
