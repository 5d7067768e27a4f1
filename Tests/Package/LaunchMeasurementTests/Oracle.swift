import Diagnostics
import Foundation
import TestSupport

/// Independent Python implementations that compute the same values from the same files.
enum Oracle {
    /// The directory with the shared PCR predictor and event log parser; nil in a checkout of the project alone.
    static let folder = ProjectFolder.shared("oracles")

    /// Runs a script with the shared oracles on its module path.
    ///
    /// - Parameters:
    ///   - script: The script; it reads its arguments from `sys.argv[1:]`.
    ///   - arguments: The script's arguments.
    /// - Returns: Its output, without the final line break.
    /// - Throws: The script's error output.
    static func python(_ script: String, _ arguments: [String] = []) async throws -> String {
        let path = [folder, ProjectFolder.root.appending(path: "Tests/Oracles")].compactMap { $0?.path }
        let output = try await OutsideTool.python.run(
            ["-B", "-c", script] + arguments,
            environment: ["PYTHONPATH": path.joined(separator: ":")]
        )
        guard output.status == 0 else { throw Failure(text: output.standardError) }
        return String(decoding: output.standardOutput, as: UTF8.self).trimmingCharacters(in: .newlines)
    }

    struct Failure: Error {
        let text: String
    }
}

extension TemporaryFolder {
    /// Writes a file.
    ///
    /// - Returns: Its path.
    func write(_ bytes: [UInt8], _ name: String) throws -> String {
        let file = url.appending(path: name)
        try Data(bytes).write(to: file)
        return file.path
    }
}
