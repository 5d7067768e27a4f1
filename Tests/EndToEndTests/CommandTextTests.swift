import Foundation
import TestSupport
import Testing

/// What the commands print as help and for mistakes, word for word.
///
/// `UPDATE_SNAPSHOTS=1` writes the texts anew; look at the difference before it is committed.
@Suite struct CommandTextTests {
    private static let folder = ProjectFolder.root.appending(path: "Tests/EndToEndTests/Fixtures/CommandTexts")

    private static let helps: [[String]] = [
        [], ["serve"], ["infer"], ["model"], ["model", "inspect"], ["bench"], ["doctor"], ["appbuilder"], ["run"],
        ["exec"], ["exec-vm"], ["exec-snp"], ["exec-tdx"], ["exec-sgx"], ["exec-linux"], ["ps"], ["stop"], ["logs"],
        ["measure"],
        ["init"], ["package"], ["sign"], ["dump"], ["keygen"], ["config"], ["config", "explain"], ["mkcpio"],
        ["excpio"],
        ["mkext2"], ["exext2"], ["lsext2"], ["fssig"], ["diff"], ["bundle"], ["verify"], ["conformance"], ["explain"],
        ["evidence"], ["evidence", "pack"],
        ["policy"], ["policy", "from"], ["policy", "check"], ["policy", "diff"], ["policy", "lint"],
        ["policy", "migrate"],
        ["developer-root"], ["endorsements"], ["endorsements", "show"], ["endorsements", "fetch"],
        ["endorsements", "export"], ["endorsements", "import"],
    ]

    /// A command as `--experimental-dump-help` lists it.
    private struct Listed: Decodable {
        let commandName: String
        let shouldDisplay: Bool
        let subcommands: [Listed]?

        /// The words that call it and each command below it.
        func paths(below words: [String]) -> [[String]] {
            [words]
                + (subcommands ?? []).filter { $0.shouldDisplay && $0.commandName != "help" }
                .flatMap { $0.paths(below: words + [$0.commandName]) }
        }
    }

    private struct Listing: Decodable {
        let command: Listed
    }

    @Test func `the help of every command was looked at`() async throws {
        let output = try await Self.run(["--experimental-dump-help"])
        let listing = try JSONDecoder().decode(Listing.self, from: output.standardOutput)
        #expect(Set(listing.command.paths(below: [])) == Set(Self.helps))
    }

    @Test(arguments: helps)
    func `prints the help that was looked at`(command: [String]) async throws {
        let output = try await Self.run(command + ["--help"])
        try Self.compare(output, with: (["adyton"] + command).joined(separator: "-") + "-help")
    }

    private static let mistakes: [(name: String, arguments: [String])] = [
        ("no-tree", ["mkext2", "/no/such/tree", "/no/such/image"]),
        ("no-tree-for-archive", ["mkcpio", "/no/such/tree", "/tmp/adyton-none"]),
        ("too-small", ["mkext2", "--size", "100", "tree", "image"]),
        ("salt", ["mkext2", "--salt", "xy", "tree", "image"]),
        ("one-key", ["mkext2", "--sign", "one", "tree", "image"]),
        ("no-key", ["mkext2", "-s", "/no/such/public:/no/such/private", "tree", "image"]),
        ("encrypt", ["mkext2", "--encrypt", "secret-key", "tree", "image"]),
        ("encrypt-short", ["mkext2", "-e", "secret-key", "tree", "image"]),
        ("passphrase", ["mkext2", "--passphrase", "secret words", "tree", "image"]),
        ("passphrase-short", ["mkext2", "-p", "secret words", "tree", "image"]),
        ("owner", ["mkcpio", "--owner", "root", "tree", "archive"]),
        ("no-archive", ["excpio", "/no/such/archive", "/tmp/adyton-none"]),
        ("no-cpio", ["excpio", "/etc/passwd", "/tmp/adyton-none"]),
        ("no-ext2", ["exext2", "/etc/passwd", "/tmp/adyton-none"]),
        ("path", ["lsext2", "image", "a/../b"]), ("no-image", ["fssig", "/no/such/image"]),
        ("no-signature", ["fssig", "/dev/null"]), ("two-outputs", ["fssig", "--json", "--roothash", "image"]),
        ("nothing-to-compare", ["diff", "/no/such/image", "/no/such/other"]),
    ]

    @Test(arguments: mistakes)
    func `says of a mistake what it always said`(name: String, arguments: [String]) async throws {
        let output = try await Self.run(arguments)
        #expect(output.status != 0)
        try Self.compare(output, with: "mistake-\(name)")
        #expect(!output.standardError.contains("secret-key") && !output.standardError.contains("secret words"))
    }

    @Test func `takes the short options of Mystikos's mkext2`() async throws {
        let folder = try TemporaryFolder()
        let path = { (name: String) in folder.url.appending(path: name).path }
        try FileManager.default.createDirectory(atPath: path("tree"), withIntermediateDirectories: false)
        let first = try await Self.run(["mkext2", "-t", "--size=8388608", path("tree"), path("image")])
        #expect(first.status == 0)
        #expect(first.standardError == "adyton mkext2: no other program runs, so --trace shows none\n")
        #expect(try await Self.run(["mkext2", path("tree"), path("image")]).status == 71)
        #expect(try await Self.run(["mkext2", "-f", path("tree"), path("image")]).status == 0)
        for command in ["mkext2", "mkcpio", "excpio", "fssig"] {
            let short = try await Self.run([command, "-h"])
            #expect(
                try await short.standardOutput == Self.run([command, "--help"]).standardOutput && short.status == 0
            )
        }
    }

    @Test func `colours are for a terminal that shows them`() async throws {
        let script = try #require(OutsideTool(named: "script"))
        func isColoured(_ environment: [String: String]) async throws -> Bool {
            let output = try await script.run(
                ["-qec", "\(Tool.adyton.executable.path) doctor", "/dev/null"],
                environment: ["TERM": "xterm", "NO_COLOR": ""].merging(environment) { $1 }
            )
            let text = String(decoding: output.standardOutput, as: UTF8.self)
            #expect(output.status == 0 && text.contains("engine-onnx"), "\(output.standardError)\(text)")
            return text.contains("\u{1b}[")
        }
        // An empty NO_COLOR is none.
        #expect(try await isColoured([:]))
        for environment in [["NO_COLOR": "1"], ["TERM": "dumb"]] { #expect(try await !isColoured(environment)) }
        #expect(try await !Self.run(["doctor"]).standardOutput.contains(0x1b))
    }

    private static func run(_ arguments: [String]) async throws -> OutsideTool.Output {
        try await Tool.adyton.run(arguments, environment: ["COLUMNS": "80"])
    }

    private static func compare(_ output: OutsideTool.Output, with name: String) throws {
        let text =
            String(decoding: output.standardOutput, as: UTF8.self) + output.standardError
            + "exit status \(output.status)\n"
        let file = folder.appending(path: "\(name).txt")
        if ProcessInfo.processInfo.environment["UPDATE_SNAPSHOTS"] == "1" {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        #expect(try text == String(contentsOf: file, encoding: .utf8), "\(file.lastPathComponent)")
    }
}
