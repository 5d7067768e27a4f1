package import Foundation

/// Where the project and what it is tested with lie.
package enum ProjectFolder {
    /// The project's root.
    package static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// What `Scripts/setup.sh` brought.
    package static let dependencies = root.appending(path: ".deps")

    /// A file of the folder beside the project that holds shared photographs and evidence.
    ///
    /// - Returns: nil where the folder or the file is absent, as in a checkout of the project alone.
    package static func shared(_ path: String) -> URL? {
        let url = root.deletingLastPathComponent().appending(path: "shared").appending(path: path)
        return FileManager.default.fileExists(atPath: url.path) ? url : nil
    }
}

/// A folder that is removed with the value's last use.
package final class TemporaryFolder: Sendable {
    /// The folder's path.
    package let url: URL

    package init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "adyton-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: url)
    }
}
