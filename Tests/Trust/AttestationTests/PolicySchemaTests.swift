import Attestation
import Foundation
import TestSupport
import Testing

/// Compares the published schema with our own parser: both must accept the same files.
@Suite("Policy schema")
struct PolicySchemaTests {
    private static let schema = ProjectFolder.root.appending(path: "Docs/schemas/policy.schema.json")
    private static let script = ProjectFolder.root.appending(path: "Tests/Oracles/policies.py")

    private static func isValidatorReady() async -> Bool {
        if OutsideTool.isRequired { return true }
        return (try? await OutsideTool.python.run(["-c", "import jsonschema"]))?.status == 0
    }

    private static func full(_ name: String = "policy-full.json") throws -> String {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/\(name)")
        return try String(contentsOf: file, encoding: .utf8)
    }

    /// Files by a descriptive name, with whether they are valid policies.
    private static func files() throws -> [String: (text: String, isPolicy: Bool)] {
        let full = try full()
        func changed(_ old: String, _ new: String) -> (String, Bool) { (full.replacing(old, with: new), false) }
        return [
            "full": (full, true), "empty": (#"{"version": 1, "platforms": {}}"#, true),
            "unknown-key": changed("\"models\"", "\"model\""),
            "unknown-platform": changed("\"sgx\"", "\"sev\""),
            "unknown-rule": changed("\"productIds\"", "\"products\""),
            "unknown-status": changed("SWHardeningNeeded", "Revoked"),
            "unknown-reservation": changed("endorsement.revocation-not-checked", "snp.report-signature"),
            "unknown-sort": changed("\"revocationList\": 30", "\"crl\": 30"),
            "no-day": changed("\"2026-12-31\"", "\"2026-13-31\""),
            "no-digest": changed("\"cccc", "\"cccg"), "short-digest": changed("\"dddddddddddddddddddddddddddd", "\"d"),
            "another-version": changed("\"version\": 1", "\"version\": 3"),
            "one-as-two": changed("\"version\": 1", "\"version\": 2"),
            "negative": changed("\"minimumSecurityVersion\": 3", "\"minimumSecurityVersion\": -1"),
            "debug": (
                full.replacing(
                    "\"minimumSecurityVersion\": 3\n  }",
                    with: "\"minimumSecurityVersion\": 3, \"debug\": true\n  }"
                ), true
            ),
            "debug-in-words": changed(
                "\"minimumSecurityVersion\": 3\n  }",
                "\"minimumSecurityVersion\": 3, \"debug\": \"yes\"\n  }"
            ),
            "no-platforms": (#"{"version": 1}"#, false),
        ].merging(try secondFiles()) { $1 }
    }

    /// Files of version 2.
    private static func secondFiles() throws -> [String: (text: String, isPolicy: Bool)] {
        let full = try full("policy-full-2.json")
        func changed(_ old: String, _ new: String) -> (String, Bool) { (full.replacing(old, with: new), false) }
        return [
            "full-2": (full, true), "empty-2": (#"{"version": 2, "platforms": {}}"#, true),
            "two-as-one": changed("\"version\": 2", "\"version\": 1"),
            "new-rule-in-one": (#"{"version": 1, "platforms": {"snp": {"products": ["Milan"]}}}"#, false),
            "new-package-key-in-one": (#"{"version": 1, "package": {"models": []}, "platforms": {}}"#, false),
            "unknown-bit": changed("\"singleSocket\"", "\"sockets\""),
            "unknown-information": changed("\"aliasCheckComplete\"", "\"aliases\""),
            "unknown-line": changed("[\"Genoa\", \"Turin\"]", "[\"Rome\"]"),
            "unknown-key-kind": changed("[\"vcek\"]", "[\"vek\"]"), "abi": changed("\"1.55\"", "\"1\""),
            "unknown-kernel": changed("\"kernel\": [\"sealed\"]", "\"kernel\": [\"open\"]"),
            "no-last-day": changed("\"until\": \"2026-12-31\"", "\"until\": \"soon\""),
            "no-proof": changed("[[\"snp\"]", "[[]"), "bit-in-words": changed("\"smt\": false", "\"smt\": \"off\""),
            "measurement-of-nothing": changed("\"rtmr1\": [", "\"rtmr1\": [], \"rtmr3\": ["),
        ]
    }

    @Test func `our reader accepts what is a policy, and nothing else`() throws {
        for (name, file) in try Self.files() {
            let isRead = (try? AppraisalPolicy(json: Data(file.text.utf8), subject: name)) != nil
            #expect(isRead == file.isPolicy, "\(name)")
        }
    }

    @Test(.enabled("Python's jsonschema is missing; run Scripts/setup.sh test") { await isValidatorReady() })
    func `the published schema accepts what our reader accepts`() async throws {
        let folder = try TemporaryFolder()
        let files = try Self.files()
        for (name, file) in files {
            try Data(file.text.utf8).write(to: folder.url.appending(path: name + ".json"))
        }
        let paths = files.keys.sorted().map { folder.url.appending(path: $0 + ".json").path }
        let output = try await OutsideTool.python.run([Self.script.path, Self.schema.path] + paths)
        #expect(output.status == 0, "\(output.standardError)")
        let lines = String(decoding: output.standardOutput, as: UTF8.self).split(separator: "\n").map(String.init)
        #expect(lines == files.keys.sorted().map { "\($0).json \(files[$0]?.isPolicy == true)" })
    }

    @Test func `the schema names every reservation and every key`() throws {
        let text = try String(contentsOf: Self.schema, encoding: .utf8)
        for entry in CheckCatalogue.shared.entries where entry.isReservation {
            #expect(text.contains("\"\(entry.id)\""), "\(entry.id)")
        }
        for kind in EvidenceKind.allCases { #expect(text.contains("\"\(kind.rawValue)\": {"), "\(kind)") }
        for kind in Endorsement.Kind.allCases { #expect(text.contains("\"\(kind.rawValue)\": {"), "\(kind)") }
    }
}
