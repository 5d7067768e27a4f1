import Foundation
import RootFileSystem
import Subprocess

/// Builds an image from a Dockerfile, or exports one, with a builder that is installed on the machine.
///
/// The result is an archive that ``ContainerImage`` reads. Call ``removeFiles()`` when it has been read. Cancellation of
/// the calling task terminates the builder, with every process that it started in its process group.
package final class ImageBuilder: Sendable {
    private static let probeLimit = Duration.seconds(10)

    /// The builder in use.
    package let kind: BuilderKind
    private let process: BuilderProcess
    private let folder: BuildFolder

    /// Finds a working builder.
    ///
    /// - Parameters:
    ///   - wanted: The only builder to try; nil tries all.
    ///   - isVerbose: Whether its output goes to standard error; otherwise only a failure reports its last lines.
    ///   - latestTime: The timestamp of built files, in seconds since 1970, where the builder supports it.
    /// - Throws: `container.builder-missing`, with the builders that were tried; `file.*`.
    package init(wanted: BuilderKind?, isVerbose: Bool, latestTime: Int64) async throws {
        folder = try BuildFolder()
        let environment = Environment.inherit.updating([
            "SOURCE_DATE_EPOCH": "\(latestTime)", "TMPDIR": folder.path,
        ])
        var found: [String] = []
        for kind in wanted.map({ [$0] }) ?? BuilderKind.allCases {
            guard let executable = BuilderKind.executable(kind.rawValue) else {
                found.append("no \(kind.rawValue)")
                continue
            }
            let probe = BuilderProcess(executable: executable, environment: environment, isVerbose: false)
            // Docker's client builds nothing itself: its daemon has to respond.
            let arguments = kind == .docker ? ["info"] : ["--version"]
            let log = folder.path(of: "probe.log")
            let outcome = try await probe.run(arguments, log: log, within: Self.probeLimit)
            guard let outcome, outcome.status.isSuccess else {
                found.append("\(kind.rawValue) that does not answer: \(outcome?.lastLines.last ?? "no words")")
                continue
            }
            self.kind = kind
            process = BuilderProcess(executable: executable, environment: environment, isVerbose: isVerbose)
            return
        }
        throw ContainerError(
            .builderMissing,
            subject: "a builder",
            expected: "\(wanted?.rawValue ?? "docker, buildah or podman") that works",
            found: found.joined(separator: "; ")
        )
    }

    /// Builds a Dockerfile; its directory is the build context.
    ///
    /// - Parameters:
    ///   - dockerfile: The file's path.
    ///   - arguments: Additional builder arguments; they come last and so override ours.
    ///   - latestTime: The timestamp of built files.
    /// - Returns: The path of the image's archive.
    /// - Throws: `container.builder-failed`, `file.*`.
    package func build(_ dockerfile: String, arguments: [String], latestTime: Int64) async throws -> String {
        guard FileManager.default.fileExists(atPath: dockerfile) else {
            throw RootFileSystemError(.fileMissing, subject: dockerfile)
        }
        let file = URL(filePath: dockerfile).standardizedFileURL
        let context = file.deletingLastPathComponent().path
        let tag = "adyton-appbuilder-\(ProcessInfo.processInfo.processIdentifier)-\(UInt32.random(in: .min ... .max))"
        let archive = folder.path(of: "image.tar")
        switch kind {
        case .docker:
            try await run(["build", "--file", file.path, "--tag", tag] + arguments + [context], "build")
            do {
                try await run(["save", "--output", archive, tag], "save")
            } catch {
                await removeImage(tag)
                throw error
            }
            await removeImage(tag)
        case .buildah, .podman:
            let policy = try policy()
            let build =
                ["build", "--isolation", "chroot", "--timestamp", "\(latestTime)"] + policy
                + ["--file", file.path, "--tag", tag]
            try await run(storage + build + arguments + [context], "build")
            try await run(storage + ["push"] + policy + [tag, "oci-archive:\(archive)"], "push")
        }
        return archive
    }

    /// Exports an image from the builder's own storage.
    ///
    /// - Parameter image: Its name or ID.
    /// - Returns: The path of the image's archive.
    /// - Throws: `container.builder-failed`.
    package func save(_ image: String) async throws -> String {
        let archive = folder.path(of: "image.tar")
        // A name that begins with a hyphen would be parsed as an option.
        switch kind {
        case .docker: try await run(["save", "--output", archive, "--", image], "save")
        case .buildah, .podman: try await run(["push"] + policy() + ["--", image, "oci-archive:\(archive)"], "push")
        }
        return archive
    }

    /// Removes the archive and the builder's storage, in a cancelled task too.
    package func removeFiles() async {
        await Task { await folder.remove() }.value
    }

    // MARK: private

    /// Options for storage of this build only, with the vfs driver, which needs neither kernel support nor privileges.
    private var storage: [String] {
        ["--root", folder.path(of: "storage"), "--runroot", folder.path(of: "run"), "--storage-driver", "vfs"]
    }

    /// Options for a signature policy where the machine has none; an existing policy is not loosened.
    private func policy() throws -> [String] {
        try SignaturePolicy.file(in: folder).map { ["--signature-policy", $0] } ?? []
    }

    /// Removes an image from docker's own storage, in a cancelled task too.
    private func removeImage(_ tag: String) async {
        await Task { _ = try? await run(["rmi", "--force", tag], "rmi") }.value
    }

    private func run(_ arguments: [String], _ verb: String) async throws {
        let outcome = try await process.run(arguments, log: folder.path(of: "\(verb).log"))
        guard outcome.status.isSuccess else {
            throw ContainerError(
                .builderFailed,
                subject: "\(kind.rawValue) \(verb)",
                expected: "exit status 0",
                found: ([outcome.status.readable] + outcome.lastLines).joined(separator: "\n  ")
            )
        }
    }
}

extension TerminationStatus {
    /// The exit status or the signal, for error messages.
    var readable: String {
        switch self {
        case .exited(let code): "\(code)"
        case .signaled(let signal): "signal \(signal)"
        }
    }
}
