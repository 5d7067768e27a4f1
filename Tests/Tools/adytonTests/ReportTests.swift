import Attestation
import Foundation
import InferenceProtocol
import Machine
import PackageManifest
import Testing

@testable import adyton

/// What commands print, for a person and for a program.
@Suite struct ReportTests {
    /// A document as a program reads it.
    private func parsed(_ text: String) throws -> [String: Any] {
        #expect(text.hasSuffix("}\n"))
        return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test func `a table's columns are as wide as their widest cell`() {
        let table = TextTable([
            .init(title: "", cells: ["1", "2"]), .init(title: "NAME", cells: ["a", "longer"]),
            .init(title: "B", cells: ["x"]),
        ])
        #expect(table.text == "      NAME     B\n  1   a        x\n  2   longer\n")
        #expect(TextTable([]).text == "\n")
    }

    @Test(arguments: [
        (0, 0, 0.0, "100 %  0.0 MiB  0 MiB/s  0:00 left"),
        (52_428_800, 104_857_600, 5.0, " 50 %  50.0 MiB  10 MiB/s  0:05 left"),
        (1_048_576, 104_857_600, 1.0, "  1 %  1.0 MiB  1 MiB/s  1:39 left"),
        (200, 100, 1.0, "100 %  0.0 MiB  0 MiB/s  0:00 left"),
    ])
    func `progress says how far, how fast and how much longer`(
        done: Int,
        total: Int,
        seconds: Double,
        expected: String
    ) {
        #expect(TransferProgress.line(done: done, of: total, after: seconds) == expected)
    }

    private func result(expecting expected: String? = nil, engines: [String] = ["onnx", "torch"]) -> InferResult {
        let top = [
            Evaluation.Prediction(label: "Oscar", index: 14, probability: 0.75),
            Evaluation.Prediction(label: "Papa", index: 15, probability: 0.125),
        ]
        let answer = Evaluation(
            model: .init(name: "flags", version: "1", digest: "sha256:00"),
            engines: engines.map { .init(name: $0, version: "2", top: top) },
            crossCheck: .init(maximumProbabilityDifference: 1e-6, bound: 1e-4),
            timings: .init(preparation: 1, inference: 2, engines: [:], batchSize: 1)
        )
        return InferResult(
            file: "a.png",
            answer: answer,
            code: nil,
            failure: nil,
            expected: expected,
            isUnreachable: false
        )
    }

    private var failure: InferResult {
        InferResult(
            file: "b.png",
            answer: nil,
            code: "image.corrupt",
            failure: "no image",
            expected: nil,
            isUnreachable: false
        )
    }

    @Test func `an answer's table has the engines side by side`() {
        let text = InferReport.tables([result(expecting: "Papa"), failure])
        #expect(
            text == """
                a.png  ✗ expected Papa
                      onnx 2              torch 2
                  1   Oscar     75.00 %   Oscar      75.00 %
                  2   Papa      12.50 %   Papa       12.50 %
                  cross-checked: the engines differ by at most 1.0e-06 (bound 1e-04)

                """
        )
        #expect(InferReport.tables([result(expecting: "Oscar")]).hasPrefix("a.png  ✓ Oscar\n"))
        #expect(InferReport.tables([failure]).isEmpty)
    }

    @Test func `results are as expected only where every engine says so`() {
        #expect(result(expecting: "Oscar").isAsExpected && result().isAsExpected)
        #expect(!result(expecting: "Papa").isAsExpected && !failure.isAsExpected)
        #expect(!result(engines: []).isAsExpected)
    }

    @Test func `results in JSON keep failures and leave out what only the command needs`() throws {
        let document = try parsed(InferReport.json([result(), failure]))
        let results = try #require(document["results"] as? [[String: Any]])
        #expect(results.count == 2 && results[0]["isUnreachable"] == nil)
        #expect(results[1]["code"] as? String == "image.corrupt" && results[1]["answer"] == nil)
    }

    private let finding = Finding(
        PolicyCheck.platformNotNamed,
        subject: "platform",
        expected: "snp",
        found: "tdx"
    )

    @Test func `a refusal's report says what is wrong, who must act and what is not covered`() throws {
        let report = VerificationReport(refusing: [finding], of: "https://a.example", by: nil)
        #expect(!report.isGood)
        let text = report.text
        #expect(text.hasPrefix("https://a.example: refused\n  ✗ evidence: "), "\(text)")
        #expect(text.contains("Refused, for:\n") && text.contains(finding.explanation.remedy))
        #expect(text.contains("policy.platform-not-named") && text.contains("Not covered: "))
        let document = try parsed(JSONReport.of(report))
        #expect(document["verdict"] as? String == "refused")
        #expect((document["findings"] as? [[String: Any]])?.first?["id"] as? String == "policy.platform-not-named")
    }

    @Test func `a change of policy is told with every reason`() throws {
        var comparison = PolicyComparison(old: AppraisalPolicy(), new: AppraisalPolicy(), package: nil, at: Date())
        comparison.add("broken.json", .refused([finding]))
        let report = PolicyDiffReport(comparison, insecure: "INSECURE: all")
        #expect(report.text.hasPrefix("INSECURE: all\nrefused whatever the policy: broken.json\n"))
        #expect(report.text.hasSuffix("0 newly refused, 0 newly accepted, 0 unchanged, 1 not verified\n"))
        let document = try parsed(JSONReport.of(report))
        #expect((document["unverified"] as? [[String: Any]])?.count == 1 && document["unchanged"] as? Int == 0)
    }

    @Test func `machines are listed with their ports, age and end`() throws {
        let start = Date(timeIntervalSince1970: 1_700_000_000)
        var description = MachineDescription(
            name: "oracle",
            platform: .vtpm,
            accelerator: .tcg,
            programs: HostPrograms(qemu: "q", swtpm: nil, firmware: "f"),
            commandLine: ""
        )
        description.network = .init(ports: [.init(hostPort: 9000, guestPort: 80)])
        description.identity = "app 00"
        let record = MachineRecord(description, startedAt: start)
        let list = MachineList([record], at: start.addingTimeInterval(3725))
        let lines = list.text.split(separator: "\n").map(String.init)
        #expect(lines.count == 2)
        #expect(lines[1].contains("127.0.0.1:9000->80") && lines[1].contains("1:02:05"), "\(lines[1])")
        #expect(try JSONReport.of(list.entries).contains("\"secondsSinceStart\" : 3725"))
        #expect(MachineList([], at: start).text.hasPrefix("  NAME"))
    }

    @Test func `a policy that trusts little hardware says so`() {
        var policy = AppraisalPolicy()
        #expect(policy.insecurityWarning == nil)
        policy.platforms[.developerVtpm] = AppraisalPolicy.PlatformRule()
        #expect(policy.insecurityWarning?.contains("platforms vtpm") == true)
    }
}
