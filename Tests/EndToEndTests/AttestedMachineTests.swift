import Attestation
import Crypto
import DeveloperTrust
import Diagnostics
import Foundation
import GuestInterface
import TestSupport
import Testing

/// A package that boots and proves what it is, to a verifier that has nothing but the package and a root.
@Suite(
    .serialized,
    .enabled(if: GuestTools.areReady && GuestTools.compiler != nil, "a machine's tools or cc are missing")
)
struct AttestedMachineTests {
    /// A tree whose application asks process 1.
    private func makeTree(_ place: MachinePlace) async throws -> String {
        let tree = try place.makeTree()
        let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/ask.c")
        let compiler = try #require(GuestTools.compiler)
        let made = try await compiler.run(["-O1", "-static", "-o", tree + "/bin/ask", source.path])
        try #require(made.status == 0, "cc: \(made.standardError)")
        return tree
    }

    /// What an application printed behind a word, in order.
    private func words(_ name: String, _ text: String) -> [String] {
        // The console ends its lines with two bytes, which are one character.
        text.split(whereSeparator: \.isNewline).filter { $0.hasPrefix(name + " ") }.map {
            $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }

    private func answers(_ text: String, to requests: [EvidenceRequest]) throws -> [EvidenceResponse] {
        let found = words("answer", text)
        try #require(found.count == requests.count, "\(text.prefix(4000))")
        return try zip(found, requests).map { digits, request in
            var bytes = try #require(Hexadecimal.bytes(digits))
            let frame = try BrokerFrame.next(from: &bytes, maximum: BrokerFrame.maximumResponseLength)
            return try EvidenceResponse(#require(frame), to: request)
        }
    }

    private func package(_ place: MachinePlace, _ requests: [EvidenceRequest]) async throws -> OutsideTool.Output {
        let configuration: [String: Any] = [
            "ApplicationPath": "/bin/ask", "ApplicationParameters": requests.map { Hexadecimal.text($0.bytes) },
            "MemorySize": "128m", "Processors": 1, "Debug": true, "User": "1000:1000", "Attestation": "required",
        ]
        try JSONSerialization.data(withJSONObject: configuration).write(to: URL(filePath: place.path("config.json")))
        _ = try await place.run(["keygen", "-o", place.path("key.pem")])
        let made = try await place.run(
            ["package", "-o", place.path("app.adyton")] + MachinePlace.guestOptions
                + [makeTree(place), place.path("key.pem"), place.path("config.json")]
        )
        try #require(made.status == 0, "\(made.standardError)")
        return try await place.run(["run", "--name", "attested", place.path("app.adyton")])
    }

    /// A policy out of a manifest's own reference values, and a developer's root.
    private func policy(_ manifest: Data, root: String) throws -> AppraisalPolicy {
        struct Values: Decodable {
            let referenceValues: [String: [String: String]]
        }
        let values = try JSONDecoder().decode(Values.self, from: manifest).referenceValues["vtpm"]
        var rule = AppraisalPolicy.PlatformRule()
        rule.measurements = try #require(values).mapValues { [$0] }
        rule.roots = [root]
        var policy = AppraisalPolicy()
        policy.platforms[.developerVtpm] = rule
        return policy
    }

    @Test func `a machine's evidence is of the package that runs, for one nonce, under the developer's root`()
        async throws
    {
        let place = try MachinePlace()
        let (data, other) = ([UInt8](repeating: 0x5A, count: 64), [UInt8](repeating: 0xA5, count: 64))
        let requests: [EvidenceRequest] = [
            .platform, .evidence(reportData: data), .evidence(reportData: other),
            .sealingKey(label: "disk", binding: .package), .sealingKey(label: "disk", binding: .package),
            .sealingKey(label: "disk", binding: .signer),
        ]
        let output = try await package(place, requests)
        let text = String(decoding: output.standardOutput, as: UTF8.self)
        #expect(output.status == 0, "\(output.standardError) \(text.suffix(2000))")
        #expect(words("target", text) == ["vtpm vtpm"] && words("user", text) == ["1000"])
        #expect(words("device", text) == ["none"] && words("folder", text) == ["read-only"])

        let answers = try answers(text, to: requests)
        #expect(answers[0] == .platform("vtpm"))
        #expect(answers[3] == answers[4] && answers[5] == .failure(.sealingUnsupported))
        let digits = try #require(words("manifest", text).first)
        let manifest = try #require(Hexadecimal.bytes(digits))
        #expect(words("signature", text).count == 1)
        let dump = try await place.run(["dump", "--json", place.path("app.adyton")])
        let digest = Hexadecimal.text(SHA256.hash(data: manifest))
        #expect(String(decoding: dump.standardOutput, as: UTF8.self).contains(digest))

        let authority = try DeveloperAuthority(in: place.path("state/adyton/developer-authority"))
        let policy = try policy(Data(manifest), root: authority.fingerprint)
        let verifier = Verifier(alsoTrustingDeveloperRoots: [try authority.anchor()])
        for (answer, right, wrong) in [(answers[1], data, other), (answers[2], other, data)] {
            guard case .evidence("vtpm", let list) = answer else {
                Issue.record("\(answer)")
                continue
            }
            let parts = Dictionary(uniqueKeysWithValues: list.map { ($0.name, $0.bytes) })
            #expect(parts["event_log"]?.isEmpty == false)
            let evidence = try UnverifiedEvidence(kind: .developerVtpm, parts: EvidenceParts(parts))
            guard case .verified(let verified) = verifier.verify(evidence, at: Date()) else {
                Issue.record("\(verifier.verify(evidence, at: Date()))")
                continue
            }
            // The registers that the firmware and the kernel's stub extend; of the others the log has no event.
            let replayed = "replayed: pcr0 pcr1 pcr2 pcr3 pcr4 pcr5 pcr6 pcr7 pcr9"
            #expect(verified.claims.details["event-log"] == replayed)
            #expect(try refusals(policy, verified, right) == [])
            // Evidence for one nonce, handed on for another.
            #expect(try refusals(policy, verified, wrong) == ["policy.report-data-mismatch"])
            try await check(parts, right, wrong, place)
        }
    }

    private func refusals(_ policy: AppraisalPolicy, _ verified: VerifiedEvidence, _ data: [UInt8]) throws -> [String] {
        switch policy.appraise(verified, binding: try Binding(reportData: data), at: Date()) {
        case .accepted: return []
        case .refused(let findings): return findings.map(\.id)
        }
    }

    /// Another's verifier takes the quote for its nonce, and for no other.
    private func check(
        _ parts: [String: [UInt8]],
        _ right: [UInt8],
        _ wrong: [UInt8],
        _ place: MachinePlace
    ) async throws {
        let tool = try #require(OutsideTool(named: "tpm2_checkquote"))
        let openssl = try #require(OutsideTool(named: "openssl"))
        for name in ["attest", "signature", "ak_certificate"] {
            try Data(try #require(parts[name])).write(to: URL(filePath: place.path(name)))
        }
        let key = try await openssl.run(
            ["x509", "-inform", "DER", "-in", place.path("ak_certificate"), "-noout", "-pubkey"]
        )
        try key.standardOutput.write(to: URL(filePath: place.path("ak.pem")))
        for (data, isRight) in [(right, true), (wrong, false)] {
            let nonce = Hexadecimal.text(SHA256.hash(data: data))
            let output = try await tool.run(
                [
                    "-u", place.path("ak.pem"), "-m", place.path("attest"), "-s", place.path("signature"), "-q", nonce,
                    "-g", "sha256",
                ]
            )
            #expect((output.status == 0) == isRight, "\(output.standardError)")
        }
    }

    @Test func `without evidence nothing is started, where the configuration asks for it`() async throws {
        let place = try MachinePlace()
        let configuration = """
            {"ApplicationPath": "/bin/busybox", "ApplicationParameters": ["echo", "started"], "MemorySize": "128m",
             "Processors": 1, "Debug": true, "Attestation": "required", "Platforms": ["snp"]}
            """
        try Data(configuration.utf8).write(to: URL(filePath: place.path("config.json")))
        // A configuration for another platform than the one that is launched.
        let output = try await place.run(
            ["exec-vm", "--name", "unproven", "--owner", "0:0", "--app-config-path", place.path("config.json")]
                + ["--unsealed-kernel"] + MachinePlace.guestOptions + [place.makeTree(), "/bin/busybox"]
        )
        #expect(output.status == 100, "\(output.standardError)")
        #expect(output.standardError.contains("guest.evidence"))
        #expect(!String(decoding: output.standardOutput, as: UTF8.self).contains("\nstarted"))
    }
}
