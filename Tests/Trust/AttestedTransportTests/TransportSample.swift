import AttestedTransport
import Crypto
import Foundation
import TestSupport

/// Shared helpers of the tests in this directory.
enum TransportSample {
    /// The oracle: an independent implementation of the formats in Python.
    static let oracle = ProjectFolder.root.appending(path: "Tests/Trust/AttestedTransportTests/Oracles/transport.py")
        .path

    static let source = InsecureProcessSource(key: P256.Signing.PrivateKey())

    /// Runs the oracle and returns its output.
    static func ask(_ arguments: String...) async throws -> String {
        let output = try await OutsideTool.python.run([oracle] + arguments)
        guard output.status == 0 else { throw OracleFailure(text: output.standardError) }
        return String(decoding: output.standardOutput, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    struct OracleFailure: Error {
        let text: String
    }
}

/// A temporary directory, removed when it is released.
final class ScratchFolder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "adyton-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func write(_ bytes: [UInt8], _ name: String) throws -> String {
        let file = url.appending(path: name)
        try Data(bytes).write(to: file)
        return file.path
    }
}
