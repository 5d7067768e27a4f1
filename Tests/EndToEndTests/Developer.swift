import Crypto
import Diagnostics
import Foundation
import InferenceClient
import TestSupport
import Testing

/// A developer's key, the policy that trusts it, and servers that the key vouches for.
struct Developer {
    let folder: TemporaryFolder
    var key: String { folder.url.appending(path: "developer.pem").path }
    var root: String { folder.url.appending(path: "developer.pub.pem").path }
    var policy: String { folder.url.appending(path: "policy.json").path }
    var trust: [String] { ["--policy", policy, "--trust-insecure-developer-root", root] }

    init() throws {
        folder = try TemporaryFolder()
        let key = P256.Signing.PrivateKey()
        let fingerprint = Hexadecimal.text(SHA256.hash(data: key.publicKey.derRepresentation))
        let policy = #"{"version": 1, "platforms": {"process": {"roots": ["\#(fingerprint)"]}}}"#
        try Data(key.pemRepresentation.utf8).write(to: URL(filePath: self.key))
        try Data(key.publicKey.pemRepresentation.utf8).write(to: URL(filePath: root))
        try Data(policy.utf8).write(to: URL(filePath: self.policy))
    }

    /// Starts a server and waits until it listens.
    func server(_ options: String...) async throws -> ServerProcess {
        try await ServerProcess(options: ["--attest", "process", "--insecure-developer-key", key] + options)
    }

    /// Has a server prove itself, which it must.
    func verify(_ server: ServerProcess) async throws -> VerifiedServer {
        let report = try await Tool.adyton.run(["verify", "\(server.address)", "--json"] + trust)
        return try VerifiedServer(report, of: "\(server.address)")
    }

    /// Writes the certificate of a server that proves itself.
    ///
    /// - Returns: The file.
    func certificate(of server: ServerProcess) async throws -> String {
        let file = folder.url.appending(path: "certificate-\(server.address.port).pem").path
        let output = try await Tool.adyton.run(["verify", "\(server.address)", "--certificate", file] + trust)
        #expect(output.status == 0, "\(output.standardError)")
        return file
    }

    /// Asks a server about the first sample image, after its proof.
    func infer(_ server: ServerProcess) async throws -> OutsideTool.Output {
        try await Tool.adyton.run(
            ["infer", "\(server.address)", "--wait", "120", "--json"] + trust + [Sample.first().path]
        )
    }
}
