import Foundation

/// A program that builds Dockerfiles; the cases are in the order in which they are tried.
package enum BuilderKind: String, Sendable, CaseIterable {
    case docker
    case buildah
    case podman

    /// Finds a program in `PATH`; nil where there is none.
    static func executable(_ name: String) -> String? {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return path.split(separator: ":").map { "\($0)/\(name)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }
}
