import Foundation
import Subprocess

/// An image in a registry, which skopeo brings; nothing here speaks to a registry by itself.
package struct RegistryImage {
    private static let prefix = "docker://"

    /// The name without the transport, such as `registry.example/name:tag`.
    let name: String
    /// Whether the name can mean nothing but an image in a registry: it has a transport or a registry's host.
    package let isCertain: Bool

    /// Parses a name as a user writes it.
    ///
    /// - Parameter text: A name with or without `docker://`; nil for what no registry can have.
    package init?(_ text: String) {
        let bare = text.hasPrefix(Self.prefix) ? String(text.dropFirst(Self.prefix.count)) : text
        let parts = bare.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = parts.first, parts.allSatisfy({ Self.isComponent($0) }) else { return nil }
        name = bare
        let hasHost = parts.count > 1 && (first.contains(".") || first.contains(":") || first == "localhost")
        isCertain = hasHost || text.hasPrefix(Self.prefix)
    }

    /// The command that brings the image, for a user to run.
    ///
    /// - Parameter platform: The image's platform.
    /// - Returns: A line for a shell.
    package func command(for platform: OCIPlatform) -> String {
        (["skopeo"] + Self.arguments(name, platform, to: "image.tar")).joined(separator: " ")
    }

    /// Brings the image.
    ///
    /// - Parameters:
    ///   - platform: The image's platform.
    ///   - isVerbose: Whether skopeo's output goes to standard error.
    /// - Returns: The archive; call its ``FetchedImage/removeFiles()`` when it has been read.
    /// - Throws: `container.builder-missing` without skopeo, `container.builder-failed`, `file.*`.
    package func fetch(platform: OCIPlatform, isVerbose: Bool) async throws -> FetchedImage {
        guard let executable = BuilderKind.executable("skopeo") else {
            throw ContainerError(
                .builderMissing,
                subject: Printable.text(name),
                expected: "skopeo, or its result as --image image.tar: \(command(for: platform))",
                found: "no skopeo, and no file of that name"
            )
        }
        let folder = try BuildFolder()
        let process = BuilderProcess(
            executable: executable,
            environment: .inherit.updating(["TMPDIR": folder.path]),
            isVerbose: isVerbose
        )
        let archive = folder.path(of: "image.tar")
        let policy = try SignaturePolicy.file(in: folder).map { ["--policy", $0] } ?? []
        let arguments = policy + Self.arguments(name, platform, to: archive)
        let outcome = try await process.run(arguments, log: folder.path(of: "skopeo.log"))
        guard outcome.status.isSuccess else {
            throw ContainerError(
                .builderFailed,
                subject: command(for: platform),
                expected: "exit status 0",
                found: ([outcome.status.readable] + outcome.lastLines).joined(separator: "\n  ")
            )
        }
        return FetchedImage(path: archive, folder: folder)
    }

    private static func arguments(_ name: String, _ platform: OCIPlatform, to archive: String) -> [String] {
        let platform = platform.normalized
        return ["--override-os", platform.os, "--override-arch", platform.architecture]
            + (platform.variant.map { ["--override-variant", $0] } ?? [])
            + ["copy", "\(prefix)\(name)", "oci-archive:\(archive)"]
    }

    /// Whether a text can stand between slashes of a name: no upper-case letters but in a tag or a host, no spaces.
    private static func isComponent(_ part: Substring) -> Bool {
        !part.isEmpty && part.first != "-" && part != "." && part != ".."
            && part.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
                default: "._-:@+".utf8.contains(byte)
                }
            }
    }
}

/// The archive of an image that came from a registry.
package struct FetchedImage: Sendable {
    /// The archive's path.
    package let path: String
    private let folder: BuildFolder

    init(path: String, folder: BuildFolder) {
        self.path = path
        self.folder = folder
    }

    /// Removes the archive, in a cancelled task too.
    package func removeFiles() async {
        await Task { await folder.remove() }.value
    }
}
