import Foundation
import TestSupport
import Testing

@Suite struct CommandLineTests {
    @Test(arguments: [
        ["--help"], ["serve", "--help"], ["infer", "--help"], ["model", "--help"], ["model", "inspect", "--help"],
        ["bench", "--help"],
        ["doctor", "--help"], ["mkcpio", "--help"], ["excpio", "--help"], ["mkext2", "--help"], ["exext2", "--help"],
        ["lsext2", "--help"], ["diff", "--help"], ["fssig", "--help"],
        ["package", "--help"], ["sign", "--help"], ["dump", "--help"], ["keygen", "--help"],
        ["config", "explain", "--help"], ["measure", "--help"], ["appbuilder", "--help"],
        ["run", "--help"], ["exec", "--help"], ["exec-vm", "--help"], ["exec-snp", "--help"], ["exec-tdx", "--help"],
        ["ps", "--help"], ["stop", "--help"], ["logs", "--help"],
    ])
    func `explains every command`(arguments: [String]) async throws {
        let output = try await Tool.adyton.run(arguments)
        let text = String(decoding: output.standardOutput, as: UTF8.self)
        #expect(output.status == 0)
        #expect(text.contains("USAGE: "))
        #expect(text.contains("EXAMPLE") || arguments == ["model", "--help"])
        let lines = text.split(separator: "\n").filter { !$0.hasPrefix("USAGE: ") }
        let longest = lines.map(\.count).max() ?? 0
        #expect(longest <= 100, "a line of \(longest) characters")
    }

    private static let mistakes: [(arguments: [String], status: Int32)] = [
        (["frobnicate"], 64), (["serve"], 64), (["serve", "pack", "--port", "70000"], 64),
        (["serve", "pack", "--engine", "tensorflow"], 64), (["serve", "pack", "--model-digest", "abc"], 64),
        (["serve", "pack", "--maximum-body", "12Q"], 64), (["serve", "pack", "--threads", "0"], 64),
        (["serve", "pack", "--precision", "float8"], 64), (["serve", "pack", "--maximum-delay", "-1"], 64),
        (["serve", "pack", "--maximum-waiting", "0"], 64), (["serve", "pack", "--run-limit", "0"], 64),
        (["bench"], 64), (["bench", "/no/such/pack"], 66), (["bench", "--batch", "0", "pack"], 64),
        (["bench", "--seconds", "0", "pack"], 64), (["bench", "--image", "/no/such.jpg", "Models/signal-flags"], 66),
        (["infer"], 64), (["infer", "--server", "ftp://a", "Package.swift"], 64),
        (["infer", "--insecure-plaintext", "/no/such/file.jpg"], 66),
        (["infer", "--insecure-plaintext", "--expect", "/no/such.json", "Package.swift"], 66),
        (["infer", "--insecure-plaintext", "--server", "http://127.0.0.1:1", "Package.swift"], 69),
        (["model", "inspect", "/no/such/pack"], 66), (["model", "inspect", "Sources"], 66),
    ]

    @Test(arguments: mistakes)
    func `ends with a status that says what was wrong`(arguments: [String], status: Int32) async throws {
        let root = ProjectFolder.root.path
        let isFile = { (path: String) in FileManager.default.fileExists(atPath: "\(root)/\(path)") }
        let output = try await Tool.adyton.run(arguments.map { isFile($0) ? "\(root)/\($0)" : $0 })
        #expect(output.status == status)
        #expect(!output.standardError.isEmpty)
    }

    @Test func `says once that nobody listens, whatever the number of images`() async throws {
        let output = try await Tool.adyton.run([
            "infer", "--insecure-plaintext", "--server", "http://127.0.0.1:1", Tool.images.path,
        ])
        #expect(output.status == 69)
        #expect(output.standardError.components(separatedBy: "nobody listens there").count == 2)
        #expect(output.standardError.contains("--wait SECONDS") && !output.standardError.contains("errno"))
    }

    @Test(arguments: [["model"], ["policy"], ["model", "inspect"], ["config", "explain"]])
    func `every command answers --version`(words: [String]) async throws {
        let version = try await Tool.adyton.run(["--version"])
        #expect(try await Tool.adyton.run(words + ["--version"]).standardOutput == version.standardOutput)
    }

    /// What Mystikos has, and a word that its answer names.
    private static let foreign: [(arguments: [String], word: String)] = [
        (["sign-sgx", "rootfs", "key.pem", "config.json"], "adyton sign"), (["dump-sgx", "app"], "adyton dump"),
        (["package-sgx", "appdir", "key.pem", "config.json"], "adyton package"), (["fsgsbase", "-q"], "adyton doctor"),
        (["run", "--strace", "app.adyton"], "exec-linux --strace"), (["run", "--nobrk", "app.adyton"], "brk"),
        (["run", "--fork-mode", "pseudo", "app.adyton"], "fork"), (["run", "--rootfs=r.img", "app.adyton"], "package"),
        (["run", "--memory-size", "1g", "app.adyton"], "MemorySize"), (["exec-vm", "--etrace", "r", "/a"], "failing"),
        (["exec-vm", "--debug", "r", "/a"], "exec-linux --debug"),
    ]

    @Test(arguments: foreign)
    func `every word of Mystikos's is answered in one sentence`(arguments: [String], word: String) async throws {
        let output = try await Tool.adyton.run(arguments)
        #expect(output.status == 64 && output.standardOutput.isEmpty)
        #expect(output.standardError.contains(word), "\(output.standardError)")
    }

    @Test(arguments: ["C", "POSIX"])
    func `writes ASCII alone where the locale has no more`(locale: String) async throws {
        for arguments in [
            ["doctor"], ["model", "inspect", Tool.pack.path], ["explain"], ["config", "explain"], ["--help"],
        ] {
            let output = try await Tool.adyton.run(arguments, environment: ["LC_ALL": locale])
            #expect(output.standardOutput.allSatisfy { $0 < 0x80 }, "\(arguments)")
        }
    }

    @Test(arguments: [30, 57, 80, 133])
    func `wraps whole words at any width`(width: Int) async throws {
        for arguments in [["doctor"], ["model", "inspect", Tool.pack.path], ["explain"], ["config", "explain"]] {
            let wide = try await Tool.adyton.run(arguments, environment: ["COLUMNS": "100000"])
            let narrow = try await Tool.adyton.run(arguments, environment: ["COLUMNS": "\(width)"])
            let words = { (output: OutsideTool.Output) in
                String(decoding: output.standardOutput, as: UTF8.self).split(whereSeparator: \.isWhitespace)
            }
            #expect(words(wide) == words(narrow), "\(arguments)")
            for line in String(decoding: narrow.standardOutput, as: UTF8.self).split(separator: "\n") {
                let indent = line.prefix { $0 == " " }.count
                // Longer than the width only where a single word is.
                #expect(line.count <= width || !line.dropFirst(indent).contains(" ") || indent > 0, "\(line)")
            }
        }
    }

    @Test func `says its version, and completes in three shells`() async throws {
        let version = try await Tool.adyton.run(["--version"])
        #expect(String(decoding: version.standardOutput, as: UTF8.self).wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil)
        for shell in ["bash", "zsh", "fish"] {
            let output = try await Tool.adyton.run(["--generate-completion-script", shell])
            #expect(String(decoding: output.standardOutput, as: UTF8.self).contains("inspect"))
        }
    }

    @Test func `says what this machine has and lacks`() async throws {
        struct Document: Decodable {
            struct Finding: Decodable {
                let id: String
                let state: String
                let remedy: String?
            }
            let canServe: Bool
            let findings: [Finding]
        }
        let output = try await Tool.adyton.run(["doctor", "--json"])
        let document = try JSONDecoder().decode(Document.self, from: output.standardOutput)
        #expect(document.canServe)
        #expect(output.status == 0)
        #expect(document.findings.first { $0.id == "engine-onnx" }?.state == "present")
        for finding in document.findings where finding.state == "missing" {
            #expect(finding.remedy?.isEmpty == false, "\(finding.id) has no remedy")
        }
        let crippled = try await Tool.adyton.run(
            ["doctor"],
            environment: ["ADYTON_ONNXRUNTIME": "/no/such/library", "ADYTON_TORCH": "/no/such/library"]
        )
        #expect(crippled.status == 69)
    }

    @Test func `prints the whole card of a pack`() async throws {
        let text = String(
            decoding: try await Tool.adyton.run(["model", "inspect", Tool.pack.path]).standardOutput,
            as: UTF8.self
        )
        for heading in [
            "Model ", "Digest ", "Licence ", "Intended use ", "Accuracy ", "Self-test", "Files", "model.onnx",
        ] {
            #expect(text.contains(heading), "no \(heading)")
        }
    }

    @Test func `measures a pack, and recommends a setting that serving takes`() async throws {
        struct Document: Decodable {
            struct Setting: Decodable {
                let engine: String
                let batch: Int
                let imagesPerSecond: Double
            }
            struct Recommendation: Decodable {
                let command: String
            }
            let settings: [Setting]
            let recommendations: [Recommendation]
        }
        let arguments = [
            "bench", "--engine", "onnx", "--precision", "float32", "--threads", "1", "--batch", "1", "--batch", "3",
            "--seconds", "0.01", Tool.pack.path,
        ]
        let output = try await Tool.adyton.run(arguments + ["--json"])
        #expect(output.status == 0, "\(output.standardError)")
        #expect(output.standardError.isEmpty)
        let document = try JSONDecoder().decode(Document.self, from: Data(output.standardOutput))
        #expect(document.settings.map(\.batch) == [1, 3])
        #expect(document.settings.allSatisfy { $0.engine == "onnx" && $0.imagesPerSecond > 0 })
        let command = try #require(document.recommendations.first?.command)
        let setting = " --engine onnx --threads 1 --maximum-batch "
        #expect(command.hasPrefix("adyton serve ") && command.contains(setting))
        // Which batch wins is the moment's.
        let text = try await Tool.adyton.run(arguments)
        #expect(String(decoding: text.standardOutput, as: UTF8.self).contains(setting))
        let refused = try await Tool.adyton.run([
            "bench", "--precision", "bfloat16", "--engine", "onnx", Tool.pack.path,
        ])
        #expect(refused.status == 69)
        #expect(refused.standardError.contains("runtime.precision-not-allowed"))
    }

    @Test func `is quiet in a pipe`() async throws {
        let output = try await Tool.adyton.run([
            "infer", "--insecure-plaintext", "--server", "http://127.0.0.1:1", Tool.images.path,
        ])
        #expect(!output.standardError.contains("\u{1b}") && !output.standardError.contains("█"))
    }
}
