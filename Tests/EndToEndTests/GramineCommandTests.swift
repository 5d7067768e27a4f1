import Foundation
import TestSupport
import Testing

/// `exec-sgx` and `package --for sgx` beside programs that stand in for Gramine's and record how they were called.
@Suite struct GramineCommandTests {
    /// Stands in for each of Gramine's programs: writes its name, folder and words into a file, and makes what is wanted.
    private static let standIn = #"""
        #!/bin/sh
        name=$(basename "$0")
        printf '%s|%s|%s\n' "$name" "$*" "$LEVEL" >>"$GRAMINE_LOG"
        case "$name" in
        gramine-manifest) sed 's|{{ gramine.libos }}|/usr/lib/gramine/libsysdb.so|' "$1" >"$2" ;;
        gramine-sgx-sign) cp "$2" "$4" ;;
        gramine-sgx) test -f "$1.manifest.sgx" && test -f root/bin/app && echo "runs $1" && exit 7 ;;
        gramine-direct) test -f "$1.manifest" && kill -KILL $$ ;;
        esac
        """#

    private let folder: TemporaryFolder
    private var environment: [String: String] {
        ["PATH": "\(path("tools")):/usr/bin:/bin", "GRAMINE_LOG": path("log")]
    }

    init() throws {
        folder = try TemporaryFolder()
        for name in ["tools", "appdir/bin", "appdir/tmp"] {
            try FileManager.default.createDirectory(
                at: folder.url.appending(path: name),
                withIntermediateDirectories: true
            )
        }
        for name in ["gramine-manifest", "gramine-sgx-sign", "gramine-sgx", "gramine-direct"] {
            try write(Self.standIn, to: "tools/\(name)", permissions: 0o755)
        }
        try write("#!", to: "appdir/bin/app", permissions: 0o755)
    }

    private func path(_ name: String) -> String { folder.url.appending(path: name).path }

    private func write(_ text: String, to name: String, permissions: Int = 0o644) throws {
        try Data(text.utf8).write(to: folder.url.appending(path: name))
        try FileManager.default.setAttributes([.posixPermissions: permissions], ofItemAtPath: path(name))
    }

    private func calls() throws -> [String] {
        try String(contentsOfFile: path("log"), encoding: .utf8).split(separator: "\n").map(String.init)
    }

    @Test func `renders, signs and runs, and ends with the application's status`() async throws {
        let output = try await Tool.adyton.run(
            ["exec-sgx", "--env", "LEVEL=debug", path("appdir"), "/bin/app", "-v"],
            environment: environment
        )
        #expect(output.status == 7, "\(output.standardError)")
        #expect(String(decoding: output.standardOutput, as: UTF8.self) == "runs app\n")
        #expect(output.standardError.contains("UNTRIED on SGX"))
        #expect(
            try calls() == [
                "gramine-manifest|app.manifest.template app.manifest|",
                "gramine-sgx-sign|--manifest app.manifest --output app.manifest.sgx|", "gramine-sgx|app|debug",
            ]
        )
        let direct = try await Tool.adyton.run(
            ["exec-sgx", "--direct", path("appdir"), "/bin/app"],
            environment: environment
        )
        #expect(direct.status == 137)
        #expect(try calls().last == "gramine-direct|app|")
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func `an application gets the signal that the command got, and decides on its status`(signal: Int32) async throws {
        let waiting = "trap 'exit \(signal + 40)' INT TERM HUP; echo waits; while :; do sleep 0.1; done"
        try write("#!/bin/sh\n\(waiting)\n", to: "tools/gramine-direct", permissions: 0o755)
        let process = try await RunningProgram(
            Tool.adyton,
            ["exec-sgx", "--direct", path("appdir"), "/bin/app"],
            environment: environment
        )
        defer { process.end() }
        try await process.waitForOutput("waits")
        process.signal(signal)
        #expect(await process.status() == signal + 40)
    }

    @Test func `a signal ends the program that renders the manifest`() async throws {
        try write("#!/bin/sh\necho renders\nexec sleep 1000\n", to: "tools/gramine-manifest", permissions: 0o755)
        let process = try await RunningProgram(
            Tool.adyton,
            ["exec-sgx", path("appdir"), "/bin/app"],
            environment: environment
        )
        defer { process.end() }
        _ = try await process.errorLine(containing: "renders")
        process.signal(SIGTERM)
        #expect(await process.status() == 128 + SIGTERM)
    }

    @Test func `says what is missing, and prints the template all the same`() async throws {
        let lean = ["PATH": "/no/such/folder"]
        let missing = try await Tool.adyton.run(["exec-sgx", path("appdir"), "/bin/app"], environment: lean)
        #expect(missing.status == 69 && missing.standardError.contains("gramine.program-missing"))
        let printed = try await Tool.adyton.run(
            ["exec-sgx", "--dry-run", path("appdir"), "/bin/app"],
            environment: lean
        )
        #expect(printed.status == 0)
        #expect(String(decoding: printed.standardOutput, as: UTF8.self).contains("sgx.remote_attestation = \"dcap\"\n"))
        let doctor = try await Tool.adyton.run(["doctor", "--json"], environment: lean)
        #expect(String(decoding: doctor.standardOutput, as: UTF8.self).contains("gramine-sgx-sign"))
    }

    @Test func `a package for SGX is a folder that stands alone`() async throws {
        try write(
            #"{"ApplicationPath": "/bin/app", "Name": "flags", "ProductID": 9, "MemorySize": "1g"}"#,
            to: "config.json"
        )
        let arguments = [
            "package", "--for", "sgx", "-o", path("flags.sgx"), path("appdir"), path("key.pem"), path("config.json"),
        ]
        let made = try await Tool.adyton.run(arguments, environment: environment)
        #expect(made.status == 0, "\(made.standardError)")
        #expect(try calls()[1].hasSuffix("--output flags.manifest.sgx --key \(path("key.pem"))|"))
        let manifest = try String(contentsOfFile: path("flags.sgx/flags.manifest.sgx"), encoding: .utf8)
        #expect(manifest.contains("sgx.isvprodid = 9\n") && manifest.contains("libsysdb.so"))
        #expect(FileManager.default.isExecutableFile(atPath: path("flags.sgx/root/bin/app")))
        let again = try await Tool.adyton.run(arguments, environment: environment)
        #expect(again.status == 71 && again.standardError.contains("gramine.output-exists"))
        let bare = try await Tool.adyton.run(arguments + ["--force"], environment: ["PATH": "/no/such/folder"])
        #expect(bare.status == 0 && bare.standardError.contains("neither rendered nor signed"))
    }
}
