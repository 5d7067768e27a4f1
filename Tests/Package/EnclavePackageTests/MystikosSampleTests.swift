import EnclavePackage
import Foundation
import GuestInterface
import PackageManifest
import TestSupport
import Testing

/// The shapes of the configurations and images of Mystikos's samples, as Docs/how-to/come-from-mystikos.md lists them.
@Suite(.enabled(if: SampleApplication.isReady, "run Scripts/setup.sh run"))
struct MystikosSampleTests {
    /// A sample: what its configuration and its image look like, and what becomes of it.
    struct Sample: Sendable, CustomTestStringConvertible {
        let name: String
        let configuration: String
        /// The image's `Config`; nil for a sample without a Dockerfile.
        var image: String?
        /// The program's place in the root.
        let program: String
        var directory = "/"
        var arguments: [String] = []
        /// Why it is refused; nil where it packs.
        var refusal: PackageError.Code?

        var testDescription: String { name }
    }

    private static func small(_ program: String, fromHost: Bool = true) -> String {
        """
        {
            // The version of the keys
            "version": "0.1", "Debug": 1, "ProductID": 1, "SecurityVersion": 1,
            "HostApplicationParameters": \(fromHost), "MemorySize": "40m", "ApplicationPath": "\(program)"
        }
        """
    }

    private static func interpreter(_ program: String, _ arguments: [String], _ memory: String, _ more: String = "")
        -> String
    {
        let words = arguments.map { "\"\($0)\"" }.joined(separator: ", ")
        return """
            {"Debug": 1, "ProductID": 1, "SecurityVersion": 1, "UserMemSize": "\(memory)", \(more)
             "ApplicationPath": "\(program)", "ApplicationParameters": [\(words)]}
            """
    }

    private static let secret = """
        "Secret": [{"ID": "Key", "SrsAddress": "https://keys.example.org", "SrsApiVersion": "7.3",
                    "LocalPath": "/model.key", "ClientLib": "libclient.so"}],
        """

    private static let samples: [Sample] = [
        Sample(name: "helloworld", configuration: small("/bin/hello"), program: "/bin/hello"),
        Sample(
            name: "docker_aks",
            configuration: small("/bin/hello"),
            image: #"{"Cmd": ["./start", "red"], "WorkingDir": "/"}"#,
            program: "/bin/hello"
        ),
        Sample(
            name: "rust",
            configuration: small("/app/hello"),
            image: #"{"Cmd": ["/app/hello"]}"#,
            program: "/app/hello"
        ),
        Sample(
            name: "java_hello_world",
            configuration: interpreter(
                "/opt/java/bin/java",
                ["hello"],
                "4096m",
                #""CurrentWorkingDirectory": "/app","#
            ),
            image: #"{"Cmd": ["/bin/sh"], "WorkingDir": "/app"}"#,
            program: "/opt/java/bin/java",
            directory: "/app",
            arguments: ["hello"]
        ),
        Sample(
            name: "pytorch_onnx_inference",
            configuration: interpreter(
                "/home/user/bin/python3",
                ["/app/app.py"],
                "2048m",
                #""CurrentWorkingDirectory": "/app","#
            ),
            image:
                #"{"User": "user", "Env": ["PATH=/home/user/bin:/bin"], "Cmd": ["/bin/bash"], "WorkingDir": "/app"}"#,
            program: "/home/user/bin/python3",
            directory: "/app",
            arguments: ["/app/app.py"]
        ),
        Sample(
            name: "tensorflow_lite",
            configuration: interpreter(
                "/usr/local/bin/python3",
                ["/app/label.py", "--model", "/tmp/m", "--labels", "/tmp/l", "--image", "/tmp/i"],
                "2048m",
                #""EnvironmentVariables": ["PYTHONPATH=/usr/lib/python3"],"#
            ),
            image: #"{"Env": ["PYTHONPATH=/x"], "Cmd": ["/bin/bash"], "WorkingDir": "/app"}"#,
            program: "/usr/local/bin/python3",
            directory: "/app",
            arguments: ["/app/label.py", "--model", "/tmp/m", "--labels", "/tmp/l", "--image", "/tmp/i"]
        ),
        Sample(
            name: "TEE_aware/gencreds",
            configuration: small("/bin/gencreds", fromHost: false),
            program: "/bin/gencreds"
        ),
        Sample(
            name: "TEE_aware/dotnet",
            configuration: """
                {"Debug": 1, "MemorySize": "1g", "ApplicationPath": "/app/Aware", "UnhandledSyscallEnosys": false,
                 "EnvironmentVariables": ["MYST_WANT_TEE_CREDENTIALS=CERT_PEMKEY_REPORT"]}
                """,
            image: #"{"Entrypoint": ["./Aware"], "WorkingDir": "/app"}"#,
            program: "/app/Aware",
            refusal: .configurationUnsupported
        ),
        Sample(
            name: "confidential_ml",
            configuration: interpreter("/usr/local/bin/python3", ["/app/app.py"], "4g", secret),
            image: #"{"Cmd": ["/bin/bash"]}"#,
            program: "/usr/local/bin/python3",
            refusal: .configurationUnsupported
        ),
    ]

    private static func application(_ sample: Sample) throws -> SampleApplication {
        let application = try SampleApplication(sample.configuration)
        for folder in ["etc", "app", String(sample.program.dropFirst())] where folder != "bin" {
            try application.makeFolder(URL(filePath: "/\(folder)").deletingLastPathComponent().path)
        }
        try application.makeFolder("etc")
        try application.write("etc/passwd", "root:x:0:0::/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n")
        try application.write(String(sample.program.dropFirst()), "#!", permissions: 0o755)
        if let image = sample.image { try application.write("appenv.json", image) }
        return application
    }

    @Test(arguments: samples)
    func `becomes what the page says`(sample: Sample) throws {
        let application = try Self.application(sample)
        let page = try String(
            contentsOf: ProjectFolder.root.appending(path: "Docs/how-to/come-from-mystikos.md"),
            encoding: .utf8
        )
        let row = try #require(page.split(separator: "\n").first { $0.hasPrefix("| `\(sample.name)` |") })
        guard let refusal = sample.refusal else {
            let plan = try application.build().plan
            #expect(row.contains("| packs"))
            #expect(plan.application.path == sample.program && plan.application.arguments == sample.arguments)
            #expect(plan.application.workingDirectory == sample.directory && plan.isDebug)
            return
        }
        let error = #expect(throws: PackageError.self) { try application.build() }
        #expect(error?.code == refusal && row.contains("(`\(refusal.rawValue)`)"))
    }

    @Test func `the page has a row for each sample, and no other`() throws {
        let page = try String(
            contentsOf: ProjectFolder.root.appending(path: "Docs/how-to/come-from-mystikos.md"),
            encoding: .utf8
        )
        let rows = try #require(page.components(separatedBy: "## Samples").last).split(separator: "\n")
            .filter { $0.hasPrefix("| `") }
        #expect(rows.map { String($0.dropFirst(3).prefix { $0 != "`" }) } == Self.samples.map(\.name))
    }

    @Test func `an enclave's small memory becomes the least that a machine's application gets`() throws {
        let result = try Self.application(Self.samples[0]).build()
        #expect(result.manifest.machine.memoryInBytes == (64 + 256) << 20)
    }
}
