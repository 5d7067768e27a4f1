import Foundation
import TestSupport
import Testing

/// A software TPM for one test; the TPM, its certificates and its commands are third-party programs.
///
/// It needs `swtpm`, `swtpm-tools` and `tpm2-tools`, which `Scripts/setup.sh test` installs.
final class SoftwareTpm: Sendable {
    static let tools = ["swtpm", "swtpm_setup", "tpm2_readpublic", "tpm2_quote", "tpm2_activatecredential"]
    static var isPresent: Bool { OutsideTool.isRequired || tools.allSatisfy { OutsideTool(named: $0) != nil } }
    static let why: Comment = "swtpm or tpm2-tools is missing; run Scripts/setup.sh test"

    /// A command that failed, which a test may expect.
    struct Failure: Error {
        let tool: String
        let text: String
    }

    private let folder: TemporaryFolder
    private let program: RunningProgram
    /// The TCTI with which tpm2-tools connect to the TPM.
    private let interface: String

    /// Creates a TPM with certificates of its own manufacturer, and starts it.
    init() async throws {
        folder = try TemporaryFolder()
        let state = folder.url.appending(path: "state")
        let authority = folder.url.appending(path: "authority")
        for url in [state, authority] {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        }
        let options = authority.appending(path: "options")
        let configuration = authority.appending(path: "localca")
        let setup = authority.appending(path: "setup")
        try Data("--platform-manufacturer test\n--platform-version 1\n--platform-model test\n".utf8).write(to: options)
        try Data(
            """
            statedir = \(authority.path)
            signingkey = \(authority.path)/signkey.pem
            issuercert = \(authority.path)/issuercert.pem
            certserial = \(authority.path)/certserial

            """.utf8
        ).write(to: configuration)
        let localAuthority = try #require(OutsideTool(named: "swtpm_localca")).executable.path
        try Data(
            """
            create_certs_tool = \(localAuthority)
            create_certs_tool_config = \(configuration.path)
            create_certs_tool_options = \(options.path)
            active_pcr_banks = sha1,sha256

            """.utf8
        ).write(to: setup)
        let socket = folder.url.appending(path: "tpm").path
        interface = "swtpm:path=\(socket)"
        try await Self.run(
            "swtpm_setup",
            ["--tpm2", "--tpmstate", state.path, "--create-ek-cert", "--config", setup.path, "--overwrite"],
            in: folder.url
        )
        program = try await RunningProgram(
            try #require(OutsideTool(named: "swtpm")),
            [
                "socket", "--tpm2", "--tpmstate", "dir=\(state.path)", "--server", "type=unixio,path=\(socket)",
                "--ctrl", "type=unixio,path=\(socket).ctrl", "--flags", "not-need-init,startup-clear",
            ]
        )
        try await program.wait(for: "the TPM's socket") { _ in FileManager.default.fileExists(atPath: socket) }
    }

    /// The path of a file in the test's directory.
    func path(_ name: String) -> String { folder.url.appending(path: name).path }

    /// Reads a file in the test's directory.
    func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: folder.url.appending(path: name)))
    }

    /// Writes a file in the test's directory.
    func write(_ bytes: [UInt8], to name: String) throws {
        try Data(bytes).write(to: folder.url.appending(path: name))
    }

    /// The certificates of the TPM's manufacturer in DER: the issuer and the root.
    func authorities() async throws -> [[UInt8]] {
        var authorities: [[UInt8]] = []
        for name in ["issuercert.pem", "swtpm-localca-rootca-cert.pem"] {
            let pem = folder.url.appending(path: "authority").appending(path: name).path
            let output = try await Self.run("openssl", ["x509", "-in", pem, "-outform", "DER"], in: folder.url)
            authorities.append(Array(output))
        }
        return authorities
    }

    /// Runs a command of tpm2-tools in the test's directory.
    @discardableResult
    func run(_ tool: String, _ arguments: [String]) async throws -> Data {
        try await Self.run(tool, arguments, in: folder.url, environment: ["TPM2TOOLS_TCTI": interface])
    }

    @discardableResult
    private static func run(
        _ tool: String,
        _ arguments: [String],
        in folder: URL,
        environment: [String: String] = [:]
    ) async throws -> Data {
        let tool = try #require(OutsideTool(named: tool), "\(tool) is missing")
        let shell = try #require(OutsideTool(named: "sh"))
        let line = ["cd", folder.path, "&&", "exec", tool.executable.path] + arguments
        let text = line.map { $0 == "&&" ? $0 : "'\($0)'" }.joined(separator: " ")
        let output = try await shell.run(["-c", text], environment: environment)
        guard output.status == 0 else {
            throw Failure(tool: tool.executable.lastPathComponent, text: output.standardError)
        }
        return output.standardOutput
    }
}
