import Foundation
import TestSupport
import Testing

/// A folder with an application's root, a configuration, a key and what stands for process 1.
private struct Workshop {
    static let kernel = ProjectFolder.dependencies.appending(path: "kernel/vmlinuz")
    static var isReady: Bool { FileManager.default.fileExists(atPath: kernel.path) || OutsideTool.isRequired }

    let folder: TemporaryFolder

    func path(_ name: String) -> String { folder.url.appending(path: name).path }

    // `noise`: files of a MiB, so that packing takes a moment.
    init(configuration: String = #"{"ApplicationPath": "/bin/app", "Name": "app"}"#, noise: Int = 0) async throws {
        folder = try TemporaryFolder()
        for name in ["proc", "sys", "dev", "tmp", "run", "bin"] {
            let url = folder.url.appending(path: "tree/\(name)")
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        }
        let program = folder.url.appending(path: "tree/bin/app")
        try Data("#!".utf8).write(to: program)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)
        let random = try #require(try FileHandle(forReadingAtPath: "/dev/urandom")?.read(upToCount: 1 << 20))
        for index in 0..<noise { try random.write(to: folder.url.appending(path: "tree/\(index)")) }
        try Data(configuration.utf8).write(to: folder.url.appending(path: "config.json"))
        try Data([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]).write(to: folder.url.appending(path: "init"))
        #expect(try await run("keygen", "-o", path("key.pem")).status == 0)
    }

    func run(_ arguments: String...) async throws -> OutsideTool.Output {
        try await Tool.adyton.run(arguments)
    }

    var packageArguments: [String] {
        let modules = ProjectFolder.dependencies.appending(path: "kernel/modules").path
        return [
            "package", "--owner", "0:0", "--kernel", Self.kernel.path, "--modules", modules, "--init", path("init"),
            "-o", path("app.adyton"), path("tree"), path("key.pem"), path("config.json"),
        ]
    }
}

@Suite(.enabled(if: Workshop.isReady, "run Scripts/setup.sh test"))
struct PackageCommandTests {
    private static func text(_ output: OutsideTool.Output) -> String {
        String(decoding: output.standardOutput, as: UTF8.self)
    }

    /// Writes a bundle with a public report of SEV-SNP.
    private static func writeEvidence(to path: String) throws {
        let report = try #require(PublicEvidence.file("snp/oak/report_v5_turin_oc.bin"))
        let folder = report.deletingLastPathComponent()
        let roots = folder.deletingLastPathComponent().appending(path: "amd-roots")
        let parts = [
            "report": report, "vcek": folder.appending(path: "vcek_turin_oc.der"),
            "ask": roots.appending(path: "turin_ask.der"), "ark": roots.appending(path: "turin_ark.der"),
        ]
        let contents = try parts.mapValues { try Data(contentsOf: $0).base64EncodedString() }
        let bundle: [String: Any] = ["version": 1, "kind": "snp", "parts": contents]
        try JSONSerialization.data(withJSONObject: bundle).write(to: URL(filePath: path))
    }

    @Test func `packages, dumps, signs anew and tells signers apart`() async throws {
        let shop = try await Workshop()
        let made = try await Tool.adyton.run(shop.packageArguments)
        #expect(made.status == 0, "\(made.standardError)")
        for word in [" MiB in ", "manifest \(Self.text(made).dropLast())", "next: adyton run --signer "] {
            #expect(made.standardError.contains(word), "\(made.standardError)")
        }
        #expect(try await Tool.adyton.run(shop.packageArguments).status == 71)
        #expect(try await Tool.adyton.run(shop.packageArguments + ["--force"]).standardOutput == made.standardOutput)
        let package = shop.path("app.adyton")
        let dump = try await shop.run("dump", "--json", "--pubkey", shop.path("key.pub.pem"), package)
        let document = try #require(try JSONSerialization.jsonObject(with: dump.standardOutput) as? [String: Any])
        #expect(document["manifestDigest"] as? String == String(Self.text(made).dropLast()))
        let kernel = try #require(document["kernel"] as? [String: String])
        #expect(kernel["kind"] == "distribution" && kernel["version"]?.hasPrefix("#1 SMP") == true, "\(kernel)")
        #expect(made.standardError.contains("is a distribution's: the package is for vtpm alone"))
        let files = try #require(document["files"] as? [[String: Any]])
        #expect(files.contains { $0["path"] as? String == "bin/app" && $0["size"] as? Int == 2 })
        #expect(try await shop.run("keygen", "--algorithm", "rsa-3072", "-o", shop.path("other.pem")).status == 0)
        #expect(try await shop.run("dump", "--pubkey", shop.path("other.pub.pem"), package).status == 65)
        let signed = try await shop.run("sign", "--outdir", shop.path("signed"), package, shop.path("other.pem"))
        #expect(signed.standardOutput == made.standardOutput)
        let other = shop.path("signed/app.adyton")
        #expect(try await shop.run("dump", "--brief", "--pubkey", shop.path("other.pub.pem"), other).status == 0)
        let command = "openssl pkeyutl -sign -rawin -inkey \(shop.path("key.pem")) -in /dev/stdin"
        let publicKey = shop.path("key.pub.pem")
        #expect(try await shop.run("sign", "--force", "--signer-command", command, other, publicKey).status == 0)
        #expect(try await shop.run("dump", "--brief", "--pubkey", shop.path("key.pub.pem"), other).status == 0)
    }

    @Test func `a policy is made of a package, and names a developer's platform only when asked`() async throws {
        let shop = try await Workshop()
        let made = try await Tool.adyton.run(shop.packageArguments)
        let package = shop.path("app.adyton")
        let plain = try await shop.run("policy", "from", "--pubkey", shop.path("key.pub.pem"), package)
        // Nothing but a developer's platform was measured here, so that no machine could be accepted.
        #expect(plain.status == 65 && plain.standardOutput.isEmpty)
        #expect(plain.standardError.contains("refuse every machine"))
        #expect(plain.standardError.contains("--trust-insecure-developer-root root.pem \(package)"))
        let root = String(repeating: "c", count: 64)
        let frank = try await shop.run("policy", "from", package, "--trust-insecure-developer-root", root)
        #expect(frank.status == 0 && frank.standardError.contains("INSECURE"))
        let file = shop.path("policy.json")
        try frank.standardOutput.write(to: URL(filePath: file))
        let policy = try #require(try JSONSerialization.jsonObject(with: frank.standardOutput) as? [String: Any])
        let rule = try #require((policy["packages"] as? [[String: Any]])?.first)
        #expect(rule["digests"] as? [String] == [String(Self.text(made).dropLast())])
        #expect((rule["signers"] as? [String])?.count == 1)
        #expect((policy["platforms"] as? [String: Any])?.keys.sorted() == ["vtpm"])
        #expect(Self.text(frank).contains("\"pcr11\"") || Self.text(frank).contains("\"pcr4\""))
        let lint = try await shop.run("policy", "lint", file)
        #expect(lint.standardError.contains("INSECURE"))
        #expect(try await shop.run("keygen", "-o", shop.path("other.pem")).status == 0)
        #expect(try await shop.run("policy", "from", "--pubkey", shop.path("other.pub.pem"), package).status == 65)
        var bytes = try Data(contentsOf: URL(filePath: package))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(filePath: package))
        #expect(try await shop.run("policy", "from", package).status == 65)
    }

    @Test func `hardware and a distribution's kernel go together only under the frank option`() async throws {
        let shop = try await Workshop(configuration: #"{"ApplicationPath": "/bin/app", "Platforms": ["snp", "vtpm"]}"#)
        let refused = try await Tool.adyton.run(shop.packageArguments)
        #expect(refused.status == 65 && refused.standardError.contains("package.kernel-unsealed"))
        #expect(refused.standardError.contains("make kernel") && refused.standardError.contains("--unsealed-kernel"))
        let made = try await Tool.adyton.run(["package", "--unsealed-kernel"] + shop.packageArguments.dropFirst())
        #expect(made.status == 0 && made.standardError.contains("UNSEALED KERNEL"), "\(made.standardError)")
        let package = shop.path("app.adyton")
        #expect(Self.text(try await shop.run("dump", "--brief", package)).contains("unsealed, "))
        let root = String(repeating: "c", count: 64)
        let policy = try await shop.run("policy", "from", package, "--trust-insecure-developer-root", root)
        #expect(policy.status == 0 && policy.standardError.contains("policy.kernel-unsealed"))
        #expect(!Self.text(policy).contains("kernel-unsealed"))
    }

    @Test func `a policy of a debug package says so`() async throws {
        let shop = try await Workshop(configuration: #"{"ApplicationPath": "/bin/app", "Debug": 1}"#)
        #expect(try await Tool.adyton.run(shop.packageArguments).status == 0)
        let made = try await shop.run(
            "policy",
            "from",
            shop.path("app.adyton"),
            "--trust-insecure-developer-root",
            String(repeating: "c", count: 64)
        )
        #expect(made.status == 0 && made.standardError.contains("INSECURE: this policy accepts a debug package"))
    }

    @Test(.enabled(if: PublicEvidence.isReady("snp/oak/report_v5_turin_oc.bin"), "\(PublicEvidence.absence)"))
    func `a policy's rule about packages is judged by the package that is named`() async throws {
        let shop = try await Workshop()
        let digest = String(Self.text(try await Tool.adyton.run(shop.packageArguments)).dropLast())
        try Self.writeEvidence(to: shop.path("machine.json"))
        for (stated, isRight) in [(digest, true), (String(repeating: "0", count: 64), false)] {
            let text = #"{"version": 1, "package": {"digests": ["\#(stated)"]}, "platforms": {"snp": {}}}"#
            try Data(text.utf8).write(to: URL(filePath: shop.path("policy.json")))
            let arguments = [
                "policy", "check", shop.path("policy.json"), "--evidence", shop.path("machine.json"), "--json",
                "--at", "2025-08-16T00:00:00Z",
            ]
            let judged = try await Tool.adyton.run(arguments + ["--package", shop.path("app.adyton")])
            let answer = try #require(try JSONSerialization.jsonObject(with: judged.standardOutput) as? [String: Any])
            let ids = (answer["findings"] as? [[String: Any]])?.compactMap { $0["id"] as? String } ?? []
            #expect(ids.contains("policy.package-mismatch") == !isRight, "\(ids)")
            #expect(ids.contains("policy.kernel-unsealed"))
            let unjudged = try #require(answer["notJudged"] as? [String])
            #expect(unjudged.contains { $0.contains("ACPI tables") })
            #expect(!unjudged.contains { $0.contains("kernel's kind") })
            #expect(answer["packageJudged"] as? Bool == true)
            #expect((answer["endorsements"] as? [[String: Any]])?.count == 3)
            #expect(!Self.text(try await Tool.adyton.run(arguments)).contains("policy.package-mismatch"))
        }
    }

    @Test(.enabled(if: PublicEvidence.isReady("snp/oak/report_v5_turin_oc.bin"), "\(PublicEvidence.absence)"))
    func `a report on evidence in a file names the kernel of the package that is given`() async throws {
        let shop = try await Workshop()
        #expect(try await Tool.adyton.run(shop.packageArguments).status == 0)
        try Self.writeEvidence(to: shop.path("machine.json"))
        let arguments = ["verify", shop.path("machine.json"), "--at", "2025-08-16T00:00:00Z"]
        let named = try await Tool.adyton.run(arguments + ["--json", "--package", shop.path("app.adyton")])
        let answer = try #require(try JSONSerialization.jsonObject(with: named.standardOutput) as? [String: Any])
        let kernel = try #require((answer["package"] as? [String: Any])?["kernel"] as? [String: String])
        #expect(kernel["kind"] == "distribution" && kernel["release"]?.isEmpty == false)
        // The package has no measurement of this platform, so that nothing proves that it is this machine's.
        let steps = try #require(answer["steps"] as? [[String: Any]])
        #expect(steps.first { $0["name"] as? String == "package" }?["outcome"] as? String == "not-checked")
        let bare = Self.text(try await Tool.adyton.run(arguments))
        #expect(bare.contains("kernel's kind") && bare.contains("ACPI"), "\(bare)")
        #expect(try await shop.run("verify", "--package", shop.path("app.adyton"), "https://127.0.0.1:1").status == 64)
    }

    @Test func `a first user's mistakes are answered with what to do`() async throws {
        let shop = try await Workshop()
        #expect(try await Tool.adyton.run(shop.packageArguments).status == 0)
        let package = shop.path("app.adyton")
        func mistake(_ arguments: [String], _ words: String) async throws {
            let output = try await Tool.adyton.run(arguments)
            #expect(output.status == 65 && output.standardError.contains(words), "\(output.standardError)")
        }
        let options = shop.packageArguments.dropLast(3) + ["--force"]
        try await mistake(
            options + [package, shop.path("key.pem"), shop.path("config.json")],
            "an image goes with --rootfs"
        )
        try await mistake(
            options + [shop.path("tree"), shop.path("key.pub.pem"), shop.path("config.json")],
            "a private key"
        )
        try await mistake(
            options + [shop.path("tree"), shop.path("config.json"), shop.path("key.pem")],
            "no PEM block"
        )
        try await mistake(["run", "--pubkey", shop.path("key.pem"), package], "expected a public key in PEM")
        try await mistake(["run", shop.path("tree")], "adyton exec starts a directory")
        try await mistake(["run", ProjectFolder.root.appending(path: "README.md").path], "expected a package")
        try await mistake(
            ["exec-vm", "--qemu", "/bin/true", "--swtpm", "/bin/true", "--firmware", "/dev/null", package, "/bin/app"],
            "adyton run starts one"
        )
    }

    @Test func `says DEBUG before anything else`() async throws {
        let shop = try await Workshop(configuration: #"{"ApplicationPath": "/bin/app", "Debug": 1}"#)
        let made = try await Tool.adyton.run(shop.packageArguments)
        #expect(made.status == 0 && made.standardError.contains("DEBUG"))
        #expect(Self.text(try await shop.run("dump", shop.path("app.adyton"))).hasPrefix("DEBUG"))
        try Data(#"{"ApplicationPath": "/bin/app"}"#.utf8).write(to: URL(filePath: shop.path("config.json")))
        _ = try await Tool.adyton.run(shop.packageArguments + ["--force"])
        let text = Self.text(try await shop.run("dump", shop.path("app.adyton")))
        #expect(text.hasPrefix("Name") && text.contains("bin/app") && text.contains("Trusted base"))
    }

    @Test(arguments: [5, 50, 150, 400])
    func `leaves nothing or the whole file when it is killed`(milliseconds: Int) async throws {
        let shop = try await Workshop(noise: 128)
        let program = try await RunningProgram(Tool.adyton, shop.packageArguments)
        try await Task.sleep(for: .milliseconds(milliseconds))
        program.signal(SIGKILL)
        let status = try await program.waitUntilEnd()
        let isThere = FileManager.default.fileExists(atPath: shop.path("app.adyton"))
        // It may be killed after the file got its name, and before it ended.
        if status != 128 + SIGKILL { #expect(isThere) }
        if isThere { #expect(try await shop.run("dump", shop.path("app.adyton")).status == 0) }
    }

    @Test func `keeps a private key to its owner, and replaces none unasked`() async throws {
        let shop = try await Workshop()
        let attributes = try FileManager.default.attributesOfItem(atPath: shop.path("key.pem"))
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        let before = try Data(contentsOf: URL(filePath: shop.path("key.pem")))
        #expect(try await shop.run("keygen", "-o", shop.path("key.pem")).status == 71)
        try FileManager.default.removeItem(atPath: shop.path("key.pem"))
        // The public half alone is reason enough.
        #expect(try await shop.run("keygen", "-o", shop.path("key.pem")).status == 71)
        #expect(try await shop.run("keygen", "--force", "-o", shop.path("key.pem")).status == 0)
        #expect(try Data(contentsOf: URL(filePath: shop.path("key.pem"))) != before)
    }

    @Test func `explains a configuration, and names what is wrong in one`() async throws {
        let shop = try await Workshop(configuration: "{\"UserMemSize\": \"2g\", // ours\n \"NoBrk\": 1}")
        let output = try await shop.run("config", "explain", shop.path("config.json"))
        let text = Self.text(output)
        #expect(output.status == 0 && text.contains("UserMemSize\n") && text.contains("Nothing: brk"))
        let all = try await shop.run("config", "explain", "--json")
        let keys = try JSONSerialization.jsonObject(with: all.standardOutput) as? [[String: Any]]
        #expect(keys?.count == 42)
        try Data("{\n \"UserMemSiez\": 1}".utf8).write(to: URL(filePath: shop.path("config.json")))
        let wrong = try await shop.run("config", "explain", shop.path("config.json"))
        #expect(wrong.status == 65 && wrong.standardError.contains("config.json:2:2: UserMemSiez"))
        #expect(wrong.standardError.contains("UserMemSize (did you mean that?)"))
    }

    @Test(
        arguments: [
            (["package", "key.pem"], 64), (["package", "a", "b", "c", "d"], 64), (["sign", "a"], 64),
            (["package", "--signing-engine-name", "pkcs11", "a", "b", "c"], 64),
            (["dump", "/no/such/package"], 66), (["dump", "/etc/passwd"], 65), (["dump", "--signer", "ab", "x"], 64),
            (["config", "explain", "/no/such/file"], 66), (["keygen", "--algorithm", "rsa-1024"], 64),
            (["package", "--rootfs", "/no/image", "/no/key.pem", "/no/config.json"], 66),
            (["package", "--mount", "image", "a", "b", "c"], 64),
        ] as [([String], Int32)]
    )
    func `ends with a status that says what was wrong`(arguments: [String], status: Int32) async throws {
        let output = try await Tool.adyton.run(arguments)
        #expect(output.status == status, "\(output.standardError)")
        #expect(!output.standardError.isEmpty)
    }
}
