import Foundation
import TestSupport
import Testing

@Suite("Evidence commands") struct EvidenceCommandTests {
    private static let areReady = PublicEvidence.isReady(PublicEvidence.index)
    private static let measurement =
        "f924dd18f168df60fbea937f0b086284d51b1b376de872bac43694f61134d579"
        + "67c318018de7335503023dbb50dee624"
    /// When the sample was made.
    private static let clock = "2025-08-16T00:00:00Z"

    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func path(_ name: String) -> String { folder.url.appending(path: name).path }

    private func write(_ name: String, _ text: String) throws -> String {
        try Data(text.utf8).write(to: folder.url.appending(path: name))
        return path(name)
    }

    /// A bundle of a genuine report.
    private func bundle(_ name: String) throws -> String {
        let files = [
            "report": "snp/oak/report_v5_turin_oc.bin", "vcek": "snp/oak/vcek_turin_oc.der",
            "ask": "snp/amd-roots/turin_ask.der", "ark": "snp/amd-roots/turin_ark.der",
        ]
        let parts = try files.mapValues { try Data(PublicEvidence.bytes($0)).base64EncodedString() }
        let document: [String: Any] = ["version": 1, "kind": "snp", "parts": parts]
        try JSONSerialization.data(withJSONObject: document).write(to: folder.url.appending(path: name))
        return path(name)
    }

    private func policy(_ name: String, minimum: Int) throws -> String {
        try write(
            name,
            """
            {"version": 1, "platforms": {"snp": {
              "measurements": {"measurement": ["\(Self.measurement)"]},
              "minimumTcb": {"Turin": {"microcode": \(minimum), "snp": 2}},
              "tolerate": {"endorsement.revocation-not-checked": "2099-12-31"}
            }}}
            """
        )
    }

    @Test func `explain knows every name, and says so where it does not`() async throws {
        let known = try await Tool.adyton.run(["explain", "policy.tcb-low"])
        #expect(known.status == 0)
        #expect(String(decoding: known.standardOutput, as: UTF8.self).contains("Who must act: host operator"))
        let unknown = try await Tool.adyton.run(["explain", "policy.tcb-lo"])
        #expect(unknown.status == 65)
        #expect(unknown.standardError.contains("policy.tcb-low"))
        #expect(!unknown.standardError.contains("snp."))
        let other = try await Tool.adyton.run(["explain", "nonsense"])
        #expect(other.status == 65 && other.standardError.contains("lists every name"))
        let all = try await Tool.adyton.run(["explain", "--json"])
        let list = try JSONSerialization.jsonObject(with: all.standardOutput) as? [[String: Any]]
        #expect((list?.count ?? 0) > 100)
    }

    @Test func `a policy is made from a package, and says what it trusts`() async throws {
        let values = try write(
            "values.json",
            """
            {"name": "classifier", "digest": "\(String(repeating: "a", count: 64))", "platforms": {
              "snp": {"measurement": ["\(Self.measurement)"]}, "process": {}
            }}
            """
        )
        let plain = try await Tool.adyton.run(["policy", "from", values])
        #expect(plain.status == 0 && !plain.standardError.contains("INSECURE"))
        #expect(plain.standardError.contains("table of ") && plain.standardError.contains("AMD-SB-3019"))
        #expect(String(decoding: plain.standardOutput, as: UTF8.self).contains("minimumTcb"))
        #expect(!String(decoding: plain.standardOutput, as: UTF8.self).contains("process"))
        let root = String(repeating: "c", count: 64)
        let frank = try await Tool.adyton.run(["policy", "from", values, "--trust-insecure-developer-root", root])
        #expect(frank.standardError.contains("INSECURE"))
        let file = try write("frank.json", String(decoding: frank.standardOutput, as: UTF8.self))
        let lint = try await Tool.adyton.run(["policy", "lint", file])
        #expect(lint.status == 1)
        #expect(lint.standardError.contains("INSECURE"))
        #expect(String(decoding: lint.standardOutput, as: UTF8.self).contains("lint.developer-platform"))
    }

    @Test(.enabled(if: areReady, "\(PublicEvidence.absence)"))
    func `a policy accepts and refuses evidence, with every reason`() async throws {
        let evidence = try bundle("machine.json")
        let accepted = try await Tool.adyton.run(
            ["policy", "check", try policy("old.json", minimum: 71), "--evidence", evidence, "--at", Self.clock])
        #expect(accepted.status == 0, "\(String(decoding: accepted.standardOutput, as: UTF8.self))")
        let words = String(decoding: accepted.standardOutput, as: UTF8.self)
        #expect(words.contains("In a policy's words") && words.contains("\"minimumLaunchTcb\""))
        let refused = try await Tool.adyton.run(
            [
                "policy", "check", try policy("new.json", minimum: 72), "--evidence", evidence, "--at", Self.clock,
                "--json",
            ]
        )
        #expect(refused.status == 1)
        let document = try JSONSerialization.jsonObject(with: refused.standardOutput) as? [String: Any]
        let findings = document?["findings"] as? [[String: Any]]
        #expect(findings?.map { $0["id"] as? String } == ["policy.tcb-low"])
        let late = try await Tool.adyton.run(
            ["policy", "check", path("old.json"), "--evidence", evidence, "--at", "2033-01-01T00:00:00Z"])
        #expect(String(decoding: late.standardOutput, as: UTF8.self).contains("certificate.expired"))
        #expect(try await Tool.adyton.run(["policy", "check", path("none.json"), "--evidence", evidence]).status == 66)
        #expect(try await Tool.adyton.run(["policy", "check", evidence, "--evidence", evidence]).status == 65)
        let missing = try await Tool.adyton.run(["policy", "check", path("old.json"), "--evidence", path("none.json")])
        #expect(missing.status == 66 && missing.standardError.contains("no such file"))
        let folder = try await Tool.adyton.run(["policy", "lint", path("")])
        #expect(folder.status == 66 && folder.standardError.contains("a folder"))
    }

    @Test func `an older policy is written anew, and what it left open is printed`() async throws {
        let old = try write(
            "one.json",
            #"{"version": 1, "platforms": {"snp": {"measurements": {"measurement": ["\#(Self.measurement)"]}}}}"#
        )
        let made = try await Tool.adyton.run(["policy", "migrate", old, "-o", path("two.json")])
        #expect(made.status == 0 && made.standardError.contains("lint.minimum-missing"))
        let text = try String(contentsOfFile: path("two.json"), encoding: .utf8)
        #expect(text.contains("\"version\" : 2"))
        let again = try await Tool.adyton.run(["policy", "migrate", path("two.json")])
        #expect(String(decoding: again.standardOutput, as: UTF8.self) == text)
        #expect(try await Tool.adyton.run(["policy", "migrate", old, "-o", path("two.json")]).status == 74)
    }

    @Test(.enabled(if: areReady, "\(PublicEvidence.absence)"))
    func `a change of a policy says whom it would refuse`() async throws {
        try FileManager.default.createDirectory(
            at: folder.url.appending(path: "kept"),
            withIntermediateDirectories: true
        )
        _ = try bundle("kept/machine.json")
        let (old, new) = (try policy("old.json", minimum: 71), try policy("new.json", minimum: 72))
        let arguments = ["--evidence", path("kept"), "--at", Self.clock]
        let stricter = try await Tool.adyton.run(["policy", "diff", old, new] + arguments)
        #expect(stricter.status == 1)
        #expect(String(decoding: stricter.standardOutput, as: UTF8.self).contains("newly refused: machine.json"))
        let looser = try await Tool.adyton.run(["policy", "diff", new, old] + arguments)
        #expect(looser.status == 0)
        #expect(String(decoding: looser.standardOutput, as: UTF8.self).contains("newly accepted: machine.json"))
    }

    @Test(.enabled(if: areReady, "\(PublicEvidence.absence)"))
    func `vectors get their answers, and a wrong one is told`() async throws {
        let vectors = try #require(PublicEvidence.folder)
        let index = vectors.appending(path: "INDEX.json").path
        let right = try await Tool.adyton.run(
            ["conformance", index, "--kind", "nitro", "--kind", "snp-measure", "--kind", "nvidia", "--json"])
        #expect(right.status == 0)
        let document = try JSONSerialization.jsonObject(with: right.standardOutput) as? [String: Any]
        #expect(document?["wrong"] as? Int == 0)
        #expect(document?["right"] as? Int == 17)
        #expect(document?["unsupported"] as? Int == 28)
        try FileManager.default.copyItem(
            at: vectors.appending(path: "nitro/dstack/doc_2025_a.bin"),
            to: folder.url.appending(path: "document")
        )
        let other = try write(
            "index.json",
            """
            [{"id": "a", "kind": "nitro", "files": {"document": "document"}, "verdict": "reject",
              "verify_at": "2025-12-25T13:20:00Z"},
             {"id": "b", "kind": "nitro", "files": {"document": "../document"}, "verdict": "accept"}]
            """
        )
        let wrong = try await Tool.adyton.run(["conformance", other])
        let text = String(decoding: wrong.standardOutput, as: UTF8.self)
        #expect(wrong.status == 1)
        #expect(text.contains("WRONG  a: accept, stated reject"))
        #expect(text.contains("conformance.file-unreadable"))
        let misspelled = try await Tool.adyton.run(["conformance", index, "--kind", "nitrogen"])
        #expect(misspelled.status == 65 && misspelled.standardError.contains("nitro, "))
        #expect(try await Tool.adyton.run(["conformance", path("none.json")]).status == 66)
        #expect(try await Tool.adyton.run(["conformance", path("document")]).status == 65)
    }
}
