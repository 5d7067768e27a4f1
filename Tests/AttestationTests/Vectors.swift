import Foundation
import TestSupport
import Testing

/// The evidence that lies beside the project.
enum Vectors {
    /// The folder; nil in a checkout of the project alone.
    static let folder = ProjectFolder.shared("vectors")

    static var arePresent: Bool { folder != nil }

    /// Reads a file.
    static func bytes(_ path: String) throws -> [UInt8] {
        let folder = try #require(folder)
        return Array(try Data(contentsOf: folder.appending(path: path)))
    }
}
