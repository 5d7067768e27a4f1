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
            ["package", "--owner", "0:0"] + MachinePlace.guestOptions
                + ["-o", place.path("app.adyton"), tree, place.path("signer.pem"), configuration.path]
        )
        try #require(made.status == 0, "\(made.standardError)")
        return try MachineProcess(
            place,
            ["run", "--name", name, "--pubkey", place.path("signer.pub.pem"), place.path("app.adyton")]
        )
    }

    /// The app directory of the Python example, built once and kept as long as nothing that goes into it changes.
    private static let script = """
        set -euo pipefail
        cd "$0"; example=Examples/python-onnx; cache=.cache/python-onnx
        mkdir -p "$cache"; exec 9>"$cache/lock"; flock 9
        digest() { cat "$@" | sha256sum | cut -c1-16; }
        base=$PWD/$cache/base-$(digest $example/make-base.sh).tar
        tree=$cache/tree-$(digest $example/{make-*.sh,Dockerfile,service_app.py} Models/signal-flags/{model.onnx,labels.txt} \
            Scripts/requirements/python.txt)
        if [ ! -d "$tree" ]; then
            rm -rf "$cache"/tree-*
            [ -f "$base" ] || { rm -f "$cache"/base-*; $example/make-base.sh "$base"; }
            $example/make-image.sh "$tree.partial" "oci-archive:$base"
            mv "$tree.partial" "$tree"
        fi >&2
        echo "$PWD/$tree"
        """

    private static func pythonTree() async throws -> String {
        let bash = try #require(OutsideTool(named: "bash"))
        let output = try await MachinePlace.aside {
            try bash.run(
                ["-c", script, ProjectFolder.root.path],
                environment: ["ADYTON": Tool.adyton.executable.path]
            )
        }
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
        let output = try await MachinePlace.aside {
            try OutsideTool.python.run(
                ["-B", "-c", script, tree + "/app", Tool.images.path],
                environment: ["ORT_DISABLE_TELEMETRY": "1"]
            )
        }
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

    @Test(.enabled(if: canBuild, "buildah, mmdebstrap, flock or .deps/python is missing"), .timeLimit(.minutes(25)))
    func `an unchanged Python application answers from a sealed machine as it does outside`() async throws {
        let place = try MachinePlace()
        let tree = try await Self.pythonTree()
        let outside = try await Self.answersOutside(tree)
        let machine = try await Self.start("python-onnx", tree, Self.python.appending(path: "config.json"), in: place)
        try #require(try await machine.isReady(), "\(machine.messages)")
        let address = "http://127.0.0.1:\(try #require(machine.port(of: 8000)))"
        #expect(try await place.body(of: address + "/") == "Hello from a Python application\n")
        for (image, label) in try Self.expected().sorted(by: { $0.key < $1.key }) {
            let form = "image=@" + Tool.images.appending(path: image).path
            let answer = Self.shares(try await place.body(of: address + "/evaluate", ["--form", form]))
            let reference = Self.shares(outside[image] ?? "")
            #expect(answer.count == 5 && answer.first?.label == label, "\(image): \(answer)")
            #expect(reference.first?.label == label, "\(image): \(reference)")
            #expect(abs((answer.first?.share ?? 0) - (reference.first?.share ?? 100)) < 0.5, "\(image): \(answer)")
        }
        let refused = try await place.body(
            of: address + "/evaluate",
            ["--form", "image=@/etc/passwd", "--write-out", "%{http_code}"]
        )
        #expect(refused == "the file is no image\n400")
        machine.signal(SIGTERM)
        #expect(try await machine.status() == 0, "\(machine.messages)")
        #expect(machine.text.isEmpty)
        #expect(place.isClean(of: "python-onnx"))
    }

    @Test(.timeLimit(.minutes(15)))
    func `the server answers from a sealed machine, with ONNX Runtime alone`() async throws {
        let place = try MachinePlace()
        let bash = try #require(OutsideTool(named: "bash"))
        let made = try await MachinePlace.aside {
            try bash.run(
                [ProjectFolder.root.appending(path: "Scripts/server-root.sh").path, "onnx", place.path("root")],
                environment: ["ADYTON_BUILD": Tool.folder.path]
            )
        }
        try #require(made.status == 0, "\(made.standardError)")
        let configuration = ProjectFolder.root.appending(path: "Examples/server/config-onnx.json")
        let machine = try await Self.start("server-onnx", place.path("root"), configuration, in: place)
        try #require(try await machine.isReady(), "\(machine.messages)")
        let address = "http://127.0.0.1:\(try #require(machine.port(of: 8080)))"
        let expected = Tool.images.appending(path: "expected.json").path
        let answers = try await place.run([
            "infer", "--server", address, "--timeout", "120", "--expect", expected, Tool.images.path,
        ])
        #expect(answers.status == 0, "\(answers.standardError)")
        machine.signal(SIGTERM)
        #expect(try await machine.status() == 0, "\(machine.messages)")
        #expect(machine.text.isEmpty)
        #expect(place.isClean(of: "server-onnx"))
    }
}
