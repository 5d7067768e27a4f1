import ArgumentParser
import Attestation
import Diagnostics
import Foundation

/// A newer table of minimum versions, as options.
struct MinimumTableOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("A signed, newer table of minimum firmware versions.", valueName: "file"),
        completion: .file(extensions: ["json"])
    )
    var table: String?

    @Option(
        help: ArgumentHelp("The Ed25519 public key in PEM that must have signed the table.", valueName: "file"),
        completion: .file(extensions: ["pem"])
    )
    var tableKey: String?

    func validate() throws {
        guard (table == nil) == (tableKey == nil) else {
            throw ValidationError("--table and --table-key need each other")
        }
    }

    /// Reads the table.
    ///
    /// - Returns: The named table, or the built-in one.
    /// - Throws: `table.*`; exit status 66 for a missing file.
    func versions() throws -> MinimumVersions {
        guard let table, let tableKey else { return .builtIn }
        return try MinimumVersions(
            signed: Self.read(table),
            key: String(decoding: Self.read(tableKey), as: UTF8.self),
            subject: table
        )
    }

    private static func read(_ path: String) throws -> Data {
        guard let data = try? Data(contentsOf: URL(filePath: path)) else {
            throw CommandFailure(.noInput, "\(path) cannot be read")
        }
        return data
    }
}
