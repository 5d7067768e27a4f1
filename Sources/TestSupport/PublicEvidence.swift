package import Foundation

/// Evidence that other projects published, which tests compare with: `Scripts/requirements/vectors.txt` lists it.
///
/// A file is looked up in `.cache/vectors`, where `Scripts/vectors.sh` puts what has a public origin, and then in
/// `../shared/vectors`, which also holds what was cut out of published files, and the index with the expected verdicts.
package enum PublicEvidence {
    /// Why a test is skipped that needs files which are absent.
    package static let absence = "public evidence is missing in .cache/vectors (Scripts/vectors.sh) and ../shared"

    /// The index of all vectors with their verdicts.
    package static let index = "INDEX.json"

    /// Whether absent evidence makes a test fail instead of being skipped (`REQUIRE_VECTORS=1`).
    package static var isRequired: Bool { ProcessInfo.processInfo.environment["REQUIRE_VECTORS"] == "1" }

    private static let folders = [
        ProjectFolder.root.appending(path: ".cache/vectors"),
        ProjectFolder.root.deletingLastPathComponent().appending(path: "shared/vectors"),
    ]

    /// Finds a file.
    ///
    /// - Parameter path: The path below the folder of vectors.
    /// - Returns: Nil where no folder has it.
    package static func file(_ path: String) -> URL? {
        folders.map { $0.appending(path: path) }.first { FileManager.default.fileExists(atPath: $0.path) }
    }

    /// The folder that has all of it, with the index.
    package static let folder: URL? = file(index)?.deletingLastPathComponent()

    /// Whether a test that needs files can run.
    ///
    /// - Parameter paths: Paths below the folder of vectors.
    /// - Returns: True where all are there, and where evidence is required, so that absence fails.
    package static func isReady(_ paths: String...) -> Bool {
        isRequired || paths.allSatisfy { file($0) != nil }
    }

    /// Reads a file.
    ///
    /// - Parameter path: The path below the folder of vectors.
    /// - Returns: Its bytes.
    /// - Throws: `CocoaError` where no folder has it.
    package static func bytes(_ path: String) throws -> [UInt8] {
        guard let file = file(path) else {
            throw CocoaError(.fileNoSuchFile, userInfo: [NSFilePathErrorKey: path])
        }
        return Array(try Data(contentsOf: file))
    }
}
