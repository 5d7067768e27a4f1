import Foundation

/// The policy on signatures of images that buildah, podman and skopeo want.
enum SignaturePolicy {
    private static let acceptAnything = #"{"default":[{"type":"insecureAcceptAnything"}]}"#

    /// A policy's file where the machine has none; an existing policy is not loosened.
    ///
    /// - Parameter folder: Where the file is created.
    /// - Returns: The file's path; nil where the machine has a policy.
    /// - Throws: Foundation's error where the file cannot be written.
    static func file(in folder: BuildFolder) throws -> String? {
        let home = ProcessInfo.processInfo.environment["HOME"] ?? "/"
        let known = ["\(home)/.config/containers/policy.json", "/etc/containers/policy.json"]
        guard !known.contains(where: { FileManager.default.fileExists(atPath: $0) }) else { return nil }
        let path = folder.path(of: "policy.json")
        try Data(acceptAnything.utf8).write(to: URL(filePath: path))
        return path
    }
}
