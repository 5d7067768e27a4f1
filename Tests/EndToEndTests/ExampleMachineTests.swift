import Foundation
import InferenceClient
import TestSupport
import Testing

/// The examples in sealed machines, by the commands of Docs/how-to/package-an-application.md.
@Suite(
    .serialized,
    .enabled(if: GuestTools.areReady, "QEMU, OVMF, swtpm, busybox or the guest's kernel is missing")
)
struct ExampleMachineTests {
    private static let python = ProjectFolder.root.appending(path: "Examples/python-onnx")
    private static let canBuild =
        ["buildah", "mmdebstrap", "flock"].allSatisfy { OutsideTool(named: $0) != nil } && OutsideTool.python.isReady
        || OutsideTool.isRequired

    /// The right label of each sample image.
    private static func expected() throws -> [String: String] {
        let data = try Data(contentsOf: Tool.images.appending(path: "expected.json"))
        return try JSONDecoder().decode([String: String].self, from: data)
    }

    /// Packs a tree and starts the package.
    private static func start(
        _ name: String,
        _ tree: String,
        _ configuration: URL,
        in place: MachinePlace
    ) async throws -> MachineProcess {
        let keys = try await place.run(["keygen", "-o", place.path("signer.pem")])
        #expect(keys.status == 0, "\(keys.standardError)")
        let made = try await place.run(
            ["package", "--owner", "0:0"] + MachinePlace.guestOptions + MachinePlace.gatewayOptions
                + ["-o", place.path("app.adyton"), tree, place.path("signer.pem"), configuration.path]
        )
        try #require(made.status == 0, "\(made.standardError)")
        return try await MachineProcess(
            place,
            ["run", "--name", name, "--pubkey", place.path("signer.pub.pem"), place.path("app.adyton")]
        )
    }

    /// The app directory of the Python example, made once and kept as long as nothing that goes into it changes.
    private static func pythonTree() async throws -> String {
        let script = OutsideTool(executable: ProjectFolder.root.appending(path: "Scripts/python-root.sh"))
        let output = try await script.run([], environment: ["ADYTON": Tool.adyton.executable.path])
        try #require(output.status == 0, "\(output.standardError.suffix(2000))")
        return String(decoding: output.standardOutput, as: UTF8.self).trimmingCharacters(in: .newlines)
    }

    /// What the same file answers where it runs without a machine, on other versions of Python's packages.
    private static func answersOutside(_ tree: String) async throws -> [String: String] {
        let script = """
            import json, pathlib, sys
            sys.path.insert(0, sys.argv[1])
            import service_app
            client = service_app.app.test_client()
            answers = {}
            for path in pathlib.Path(sys.argv[2]).iterdir():
                if path.suffix in (".jpg", ".png"):
                    answers[path.name] = client.post("/evaluate", data={"image": path.open("rb")}).get_data(as_text=True)
            print(json.dumps(answers))
            """
        let output = try await OutsideTool.python.run(
            ["-B", "-c", script, tree + "/app", Tool.images.path],
            environment: ["ORT_DISABLE_TELEMETRY": "1"]
        )
        try #require(output.status == 0, "\(output.standardError)")
        return try JSONDecoder().decode([String: String].self, from: output.standardOutput)
    }

    /// Lines of a label, a tab and a share in percent.
    private static func shares(_ text: String) -> [(label: String, share: Double)] {
        text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: "\t")
            return fields.count == 2 ? Double(fields[1]).map { (String(fields[0]), $0) } : nil
        }
    }

    /// Makes a Debian and installs wheels in it, which takes minutes.
    @Test(
        .enabled(if: LargeTests.areWanted, "\(LargeTests.reason)"),
        .enabled(if: canBuild, "buildah, mmdebstrap, flock or .deps/python is missing"),
        .timeLimit(.minutes(25))
    )
    func `an unchanged Python application proves itself and answers from a sealed machine as it does outside`()
        async throws
    {
        let place = try MachinePlace()
        let tree = try await Self.pythonTree()
        let outside = try await Self.answersOutside(tree)
        let machine = try await Self.start("python-onnx", tree, Self.python.appending(path: "config.json"), in: place)
        try #require(try await machine.isReady(), "\(machine.messages)")
        // The application's own port stays inside.
        #expect(machine.port(of: 8000) == nil)
        let address = "https://127.0.0.1:\(try #require(machine.port(of: 8443)))"
        let trust = try await place.trust(place.path("app.adyton"))
        let report = try await place.run(["verify", address, "--json", "--timeout", "120"] + trust)
        let server = try VerifiedServer(report, of: address)
        @Sendable func ask(_ path: String, _ options: [String] = []) async throws -> (status: Int, body: String) {
            try await server.curl(path, options)
        }
        #expect(try await ask("/").body == "Hello from a Python application\n")
        for (image, label) in try Self.expected().sorted(by: { $0.key < $1.key }) {
            let form = "image=@" + Tool.images.appending(path: image).path
            let answer = Self.shares(try await ask("/evaluate", ["--form", form]).body)
            let reference = Self.shares(outside[image] ?? "")
            #expect(answer.count == 5 && answer.first?.label == label, "\(image): \(answer)")
            #expect(reference.first?.label == label, "\(image): \(reference)")
            #expect(abs((answer.first?.share ?? 0) - (reference.first?.share ?? 100)) < 0.5, "\(image): \(answer)")
        }
        let refused = try await ask("/evaluate", ["--form", "image=@/etc/passwd"])
        #expect(refused.status == 400 && refused.body == "the file is no image\n")
        machine.signal(SIGTERM)
        #expect(await machine.status() == 0, "\(machine.messages)")
        #expect(machine.text.isEmpty)
        #expect(try await place.isClean(of: "python-onnx"))
    }

    private static func makeServerRoot(in place: MachinePlace) async throws {
        let bash = try #require(OutsideTool(named: "bash"))
        let made = try await bash.run(
            [ProjectFolder.root.appending(path: "Scripts/server-root.sh").path, "onnx", place.path("root")],
            environment: ["ADYTON_BUILD": Tool.folder.path]
        )
        try #require(made.status == 0, "\(made.standardError)")
    }

    /// The same server as another package: with more memory, which is measured.
    private static func makeOtherPackage(in place: MachinePlace) async throws -> String {
        let text = try String(contentsOf: server, encoding: .utf8)
        let other = text.replacing(#""MemorySize": "1024m""#, with: #""MemorySize": "1152m""#)
        try #require(other != text)
        try Data(other.utf8).write(to: URL(filePath: place.path("other.json")))
        let made = try await place.run(
            ["package", "--owner", "0:0"] + MachinePlace.guestOptions + ["-o", place.path("other.adyton")]
                + [place.path("root"), place.path("signer.pem"), place.path("other.json")]
        )
        try #require(made.status == 0, "\(made.standardError)")
        return place.path("other.adyton")
    }

    private static let server = ProjectFolder.root.appending(path: "Examples/server/config-onnx.json")

    @Test(.enabled(if: OutsideTool.python.isReady, "Scripts/setup.sh test brings Python"), .timeLimit(.minutes(15)))
    func `the server proves itself from a sealed machine, and then answers, with ONNX Runtime alone`() async throws {
        let place = try MachinePlace()
        try await Self.makeServerRoot(in: place)
        let machine = try await Self.start("server-onnx", place.path("root"), Self.server, in: place)
        try #require(try await machine.isReady(), "\(machine.messages)")
        // The health port stays inside.
        #expect(machine.port(of: 8080) == nil)
        let address = "https://127.0.0.1:\(try #require(machine.port(of: 8443)))"
        let trust = try await place.trust(place.path("app.adyton"))
        let expected = Tool.images.appending(path: "expected.json").path
        let ask = ["infer", address, "--timeout", "120", "--expect", expected, Tool.images.path]
        let answers = try await place.run(ask + trust)
        #expect(answers.status == 0, "\(answers.standardError)")
        #expect(answers.standardError.contains("has proven what it is: vtpm, package "))

        let report = try await place.run(["verify", address, "--json", "--timeout", "120"] + trust)
        let verified = try VerifiedServer(report, of: address)
        let count = try await verified.evaluations()
        #expect(try verified.platform == "vtpm" && count == Self.expected().count)
        try await Self.checkProtocol(verified)
        try await Self.checkGRPC(machine, trusting: trust, in: place)

        let other = try await place.trust(Self.makeOtherPackage(in: place))
        let refused = try await place.run(ask + other)
        #expect(refused.status == 1 && refused.standardOutput.isEmpty)
        #expect(refused.standardError.contains("refused, and nothing was sent to it"), "\(refused.standardError)")
        #expect(refused.standardError.contains("policy.package"), "\(refused.standardError)")
        #expect(refused.standardError.contains("policy.measurement"), "\(refused.standardError)")
        #expect(try await verified.evaluations() == count)

        machine.signal(SIGTERM)
        #expect(await machine.status() == 0, "\(machine.messages)")
        #expect(machine.text.isEmpty)
        #expect(try await place.isClean(of: "server-onnx"))
    }

    @Test(.timeLimit(.minutes(15)))
    func `without a package the same root proves what it measures to, and no package`() async throws {
        let place = try MachinePlace()
        try await Self.makeServerRoot(in: place)
        let machine = try await MachineProcess(
            place,
            ["exec-vm", "--name", "server-bare", "--sealed", "--owner", "0:0", "--publish", "0:8443"]
                + ["--insecure-policy", place.path("policy.json"), "--app-config-path", Self.server.path]
                + MachinePlace.guestOptions + [place.path("root"), "/adyton/bin/adyton-server"]
        )
        try #require(try await machine.isReady(), "\(machine.messages)")
        let root = try await place.run(["developer-root", "--pem"])
        try root.standardOutput.write(to: URL(filePath: place.path("root.pem")))
        let address = "https://127.0.0.1:\(try #require(machine.port(of: 8443)))"
        let trust = ["--trust-insecure-developer-root", place.path("root.pem"), "--policy"]
        let expected = Tool.images.appending(path: "expected.json").path
        let ask = ["infer", address, "--timeout", "120", "--expect", expected, Tool.images.path] + trust
        let answers = try await place.run(ask + [place.path("policy.json")])
        #expect(answers.status == 0, "\(answers.standardError)")
        #expect(answers.standardError.contains("vtpm, no package"), "\(answers.standardError)")

        // Another machine's register is another machine.
        let policy = try String(contentsOf: URL(filePath: place.path("policy.json")), encoding: .utf8)
        let register = try #require(policy.firstMatch(of: /"pcr9"\s*:\s*\[\s*"([0-9a-f]{64})/)).1
        let changed = policy.replacing(register, with: String(register.reversed()))
        try Data(changed.utf8).write(to: URL(filePath: place.path("changed.json")))
        let refused = try await place.run(ask + [place.path("changed.json")])
        #expect(refused.status == 1 && refused.standardOutput.isEmpty)
        #expect(refused.standardError.contains("policy.measurement-mismatch"), "\(refused.standardError)")
        machine.signal(SIGTERM)
        #expect(await machine.status() == 0, "\(machine.messages)")
        #expect(try await place.isClean(of: "server-bare"))
    }

    /// Stock clients, under the proven certificate: gRPC's answers are those of REST, and right.
    private static func checkGRPC(
        _ machine: MachineProcess,
        trusting trust: [String],
        in place: MachinePlace
    ) async throws {
        let http = "127.0.0.1:\(try #require(machine.port(of: 8443)))"
        let grpc = "127.0.0.1:\(try #require(machine.port(of: 8001)))"
        let certificate = place.path("machine.pem")
        let report = try await place.run(
            ["verify", "https://\(http)", "--timeout", "120", "--certificate", certificate] + trust
        )
        #expect(report.status == 0, "\(report.standardError)")
        let expected = try expected()
        let output = try await AttestedClient.ask(
            (http, grpc),
            trusting: certificate,
            about: expected.keys.sorted().map { Tool.images.appending(path: $0) }
        )
        try #require(output.status == 0, "\(output.standardError)")
        let labels = try JSONDecoder().decode([String: [String]].self, from: output.standardOutput)
        #expect(labels == expected.mapValues { [$0, $0] })
    }

    /// The Open Inference Protocol, under the key that the machine's evidence has named.
    private static func checkProtocol(_ server: VerifiedServer) async throws {
        let (image, label) = (try Sample.first().path, try Sample.expected())
        let path = "/v2/models/signal-flags"
        let metadata = try await server.curl(path)
        let answer = try await server.curl(
            path + "/infer",
            ["--header", "Content-Type: image/jpeg", "--header", "Inference-Header-Content-Length: 0"]
                + ["--data-binary", "@" + image]
        )
        #expect(metadata.status == 200 && metadata.body.contains(#""name":"signal-flags""#))
        #expect(answer.status == 200 && answer.body.contains("logits"), "\(label): \(answer.body.prefix(500))")
    }
}
