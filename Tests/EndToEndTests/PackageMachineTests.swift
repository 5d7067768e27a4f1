import Foundation
import TestSupport
import Testing

/// What a package allows its application, seen from inside the machine that `adyton run` starts, and what its TPM says.
@Suite(
    .serialized,
    .enabled(if: GuestTools.areReady, "QEMU, OVMF, swtpm, busybox or the guest's kernel is missing")
)
struct PackageMachineTests {
    /// Says what it finds; its argument is a port of the host's.
    private static let report = #"""
        #!/bin/busybox sh
        echo "arguments $*"
        echo "word ${WORD:-none}, preload ${LD_PRELOAD:-none}"
        cat /extra/marker || echo no second image
        touch /extra/new || echo image refuses
        touch /new || echo root refuses
        cat /etc/keep
        echo upper > /etc/keep && cat /etc/keep || echo etc refuses
        ask() { printf 'GET /v2/health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n' | nc -w 5 "$@"; }
        ask 10.0.2.2 "$1" | grep -q '^HTTP/1.1 200' && echo way out || echo no way out
        ask 127.0.0.1 8080 | grep -q '^HTTP/1.1 404' && echo httpd answers
        for file in /sys/class/tpm/tpm0/pcr-sha256/*; do echo "pcr${file##*/} $(cat "$file")"; done
        echo reported
        """#

    /// A place with a tree, a second image, and a key.
    private static func prepare() async throws -> (place: MachinePlace, tree: String, rootHash: String) {
        let place = try MachinePlace()
        let tree = try place.makeTree()
        for folder in ["tree/etc", "tree/extra", "tree/www/cgi-bin", "second/bin"] {
            try FileManager.default.createDirectory(atPath: place.path(folder), withIntermediateDirectories: true)
        }
        try Data("lower\n".utf8).write(to: URL(filePath: place.path("tree/etc/keep")))
        try Data("second image\n".utf8).write(to: URL(filePath: place.path("second/marker")))
        for path in ["second/report", "tree/www/cgi-bin/report"] {
            // A page needs its head.
            let head = path.hasPrefix("tree") ? "echo 'Content-Type: text/plain'; echo; set -- $QUERY_STRING\n" : ""
            let text = Self.report.replacing("echo \"arguments", with: head + "echo \"arguments")
            let file = place.path(path)
            try Data(text.utf8).write(to: URL(filePath: file))
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file)
        }
        try FileManager.default.copyItem(atPath: tree + "/bin/busybox", toPath: place.path("second/bin/busybox"))
        let image = try await place.run(["mkext2", "--owner", "0:0", place.path("second"), place.path("second.img")])
        #expect(image.status == 0, "\(image.standardError)")
        _ = try await place.run(["keygen", "-o", place.path("key.pem")])
        let rootHash = String(decoding: image.standardOutput, as: UTF8.self).trimmingCharacters(in: .newlines)
        return (place, tree, rootHash)
    }

    /// Packs a configuration, and returns the package.
    private static func pack(_ configuration: String, _ tree: String, in place: MachinePlace) async throws -> String {
        try Data(configuration.utf8).write(to: URL(filePath: place.path("config.json")))
        let package = place.path("app.adyton")
        let made = try await place.run(
            ["package", "--owner", "0:0", "-o", package] + MachinePlace.guestOptions
                + [tree, place.path("key.pem"), place.path("config.json")]
        )
        try #require(made.status == 0, "\(made.standardError)")
        return package
    }

    /// The registers that a report read, by their names.
    private static func registers(in text: String) -> [String: String] {
        let lines = text.split(whereSeparator: \.isNewline).map { $0.split(separator: " ").map(String.init) }
        let pairs = lines.filter { $0.count == 2 && $0[0].hasPrefix("pcr") }.map { ($0[0], $0[1].lowercased()) }
        return Dictionary(pairs) { first, _ in first }
    }

    /// Compares what a machine read with `adyton measure`, and with a program that somebody else wrote.
    private static func compare(_ found: [String: String], with package: String, in place: MachinePlace) async throws {
        #expect(found.count == 24)
        let output = try await place.run(["measure", "--json", package])
        let document = try JSONSerialization.jsonObject(with: output.standardOutput) as? [String: Any]
        let values = (document?["referenceValues"] as? [String: [String: String]])?["vtpm"] ?? [:]
        #expect(Set(values.keys).isSuperset(of: ["pcr4", "pcr5", "pcr7", "pcr9", "pcr11", "pcr12"]))
        for (name, value) in values { #expect(found[name] == value, "\(name)") }
        // Nobody had a say in a register of zeros; the kernel and its command line are in these two.
        #expect(found["pcr4"] != found["pcr11"] && found["pcr9"] != found["pcr12"])
        guard let oracle = ProjectFolder.shared("oracles") else { return }
        let script = """
            import json, sys, tarfile
            from predict_pcrs import predict_direct
            package = tarfile.open(sys.argv[1])
            part = lambda name: package.extractfile(name).read()
            manifest = json.loads(part("manifest.json"))
            memory = manifest["machine"]["memory"] >> 20
            found = predict_direct(part("kernel"), part("initramfs"), manifest["commandLine"], memory)
            print(json.dumps({f"pcr{number}": value.hex() for number, value in found.items()}))
            """
        let predicted = try await OutsideTool.python.run(
            ["-B", "-c", script, package],
            environment: ["PYTHONPATH": oracle.path]
        )
        try #require(predicted.status == 0, "\(predicted.standardError)")
        let others = try JSONDecoder().decode([String: String].self, from: predicted.standardOutput)
        #expect(Set(others.keys) == ["pcr4", "pcr9", "pcr11", "pcr12"])
        for (name, value) in others { #expect(found[name] == value, "\(name)") }
    }

    @Test(.timeLimit(.minutes(10)))
    func `what a package allows is there, and its TPM reads what measure says`() async throws {
        let (place, tree, rootHash) = try await Self.prepare()
        let server = try await ServerProcess()
        let port = "\(server.address)".split(separator: ":").last.map(String.init) ?? ""
        let package = try await Self.pack(
            """
            {"Debug": true, "ApplicationPath": "/extra/bin/busybox", "ApplicationParameters": ["false"],
             "HostApplicationParameters": true, "HostEnvironmentVariables": ["WORD"], "OutboundNetwork": true,
             "Mount": [{"Target": "/extra", "Type": "ext2", "Source": "second.img", "RootHash": "\(rootHash)"}],
             "Writable": ["/tmp", {"Target": "/etc", "KeepContent": true}], "MemorySize": "128m", "Processors": 1}
            """,
            tree,
            in: place
        )
        let output = try await place.run([
            "run", "--name", "allowed", "--env", "WORD=outside", package, "sh", "/extra/report", port, "two words",
        ])
        let text = String(decoding: output.standardOutput, as: UTF8.self).replacing("\r\n", with: "\n")
        #expect(output.status == 0, "\(output.standardError)")
        for line in [
            "arguments \(port) two words", "word outside, preload none", "second image", "image refuses",
            "root refuses", "lower", "upper", "way out", "reported",
        ] {
            #expect(text.contains("\n\(line)\n"), "\(line) in \(text)")
        }
        #expect(!text.contains("no way out") && !text.contains("etc refuses"))
        try await Self.compare(Self.registers(in: text), with: package, in: place)
        #expect(try await place.isClean(of: "allowed"))
        withExtendedLifetime(server) {}
    }

    @Test(.timeLimit(.minutes(10)))
    func `what a package does not allow is not there, and a sealed machine's TPM reads what measure says`() async throws
    {
        let (place, tree, _) = try await Self.prepare()
        let server = try await ServerProcess()
        let port = "\(server.address)".split(separator: ":").last.map(String.init) ?? ""
        let package = try await Self.pack(
            """
            {"ApplicationPath": "/bin/busybox", "ApplicationParameters": ["httpd", "-f", "-p", "8080", "-h", "/www"],
             "Ports": [8080], "Readiness": {"Port": 8080}, "MemorySize": "192m", "Processors": 2}
            """,
            tree,
            in: place
        )
        for (arguments, words) in [
            (["--env", "WORD=outside", package], "takes no such variable from its host; found WORD"),
            ([package, "sh", "/www/cgi-bin/report"], "takes no arguments"),
            (["--publish", "0:22", package], "expected a port of the package: 8080; found 22"),
        ] {
            let refused = try await place.run(["run", "--name", "refused"] + arguments)
            #expect(refused.status == 64 && refused.standardError.contains(words), "\(refused.standardError)")
        }
        let machine = try await MachineProcess(place, ["run", "--name", "refusing", package])
        try #require(try await machine.isReady(), "\(machine.messages)")
        let inside = try #require(machine.port(of: 8080))
        let text = try await place.body(of: "http://127.0.0.1:\(inside)/cgi-bin/report?\(port)")
        for line in [
            "arguments \(port)", "word none, preload none", "no second image", "image refuses", "root refuses", "lower",
            "etc refuses", "no way out", "httpd answers", "reported",
        ] {
            #expect("\n\(text)".contains("\n\(line)\n"), "\(line) in \(text)")
        }
        try await Self.compare(Self.registers(in: text), with: package, in: place)
        machine.signal(SIGTERM)
        #expect(await machine.status() == 0, "\(machine.messages)")
        #expect(machine.text.isEmpty)
        #expect(try await place.isClean(of: "refusing"))
        withExtendedLifetime(server) {}
    }

    @Test func `a second image that is another than the configuration names is refused`() async throws {
        let (place, tree, rootHash) = try await Self.prepare()
        let wrong = String(rootHash.reversed())
        let configuration = """
            {"ApplicationPath": "/bin/busybox",
             "Mount": [{"Target": "/extra", "Type": "ext2", "Source": "second.img", "RootHash": "\(wrong)"}]}
            """
        try Data(configuration.utf8).write(to: URL(filePath: place.path("config.json")))
        let made = try await place.run(
            ["package", "--owner", "0:0", "-o", place.path("app.adyton")] + MachinePlace.guestOptions
                + [tree, place.path("key.pem"), place.path("config.json")]
        )
        #expect(made.status == 65)
        #expect(made.standardError.contains("package.root-untrusted") && made.standardError.contains(rootHash))
    }
}
