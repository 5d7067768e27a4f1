import ArgumentParser
import ContainerImage
import Diagnostics
import Foundation
import RootFileSystem

/// The steps from a Dockerfile or an image to the result.
struct AppBuild {
    let command: AppBuilderCommand
    let latestTime: Int64
    let interruption: Interruption

    /// Does all of them.
    ///
    /// - Returns: What was made.
    /// - Throws: `container.*`, and `file.*` and `tree.*` where the system refuses.
    func run() async throws -> AppBuilderReport {
        try checkOutput()
        guard let image = command.image else {
            let dockerfile = command.dockerfile ?? command.file ?? "Dockerfile"
            guard FileManager.default.fileExists(atPath: dockerfile) else {
                throw RootFileSystemError(.fileMissing, subject: dockerfile)
            }
            let arguments = try ShellWords.split(command.extra ?? "")
            return try await build { builder in
                try await builder.build(dockerfile, arguments: arguments, latestTime: latestTime)
            }
        }
        if FileManager.default.fileExists(atPath: image) { return try convert(image, nil) }
        guard !Self.looksLikeFile(image), let registry = RegistryImage(image) else {
            throw RootFileSystemError(
                .fileMissing,
                subject: image,
                expected: "an image's file or folder, or the name of an image"
            )
        }
        return registry.isCertain && command.builder == nil
            ? try await convert(registry) : try await export(image, registry)
    }

    /// Makes the result of an image in a builder's storage.
    private func export(_ image: String, _ registry: RegistryImage) async throws -> AppBuilderReport {
        do {
            return try await build { builder in try await builder.save(image) }
        } catch let error as ContainerError where error.code == .builderMissing || error.code == .builderFailed {
            let remedy = registry.command(for: command.choice.platform)
            throw ContainerError(
                error.code,
                subject: error.subject,
                expected:
                    "a file \(image), or an image of that name in a builder's storage; from a registry: \(remedy)",
                found: error.found
            )
        }
    }

    /// Makes the result of an image in a registry.
    private func convert(_ image: RegistryImage) async throws -> AppBuilderReport {
        let fetched = try await image.fetch(platform: command.choice.platform, isVerbose: command.verbose)
        do {
            let report = try convert(fetched.path, nil)
            await fetched.removeFiles()
            return report
        } catch {
            await fetched.removeFiles()
            throw error
        }
    }

    /// Makes the result of the archive that a builder makes or exports.
    private func build(_ archive: (ImageBuilder) async throws -> String) async throws -> AppBuilderReport {
        let builder = try await ImageBuilder(
            wanted: command.builder,
            isVerbose: command.verbose,
            latestTime: latestTime
        )
        do {
            let report = try convert(await archive(builder), builder.kind)
            await builder.removeFiles()
            return report
        } catch {
            await builder.removeFiles()
            throw error
        }
    }

    /// Makes the result of an image's archive.
    private func convert(_ archive: String, _ builder: BuilderKind?) throws -> AppBuilderReport {
        try TransferProgress.show { try convert(archive, builder, progress: $0) }
    }

    private func convert(
        _ archive: String,
        _ builder: BuilderKind?,
        progress: ByteProgress.Report?
    ) throws -> AppBuilderReport {
        let limits = ContainerLimits(layerBytes: command.choice.maximumSize)
        let image = try ContainerImage(
            opening: archive,
            choice: .init(platform: command.choice.platform, reference: command.choice.reference),
            limits: limits,
            spoolFolder: spoolFolder,
            interruption: interruption
        )
        if command.verbose {
            for (index, layer) in image.layers.enumerated() {
                Message.printLine("layer \(index + 1) of \(image.layers.count): \(layer.contentDigest)")
            }
        }
        let tree = try image.tree(
            limits: limits,
            latestTime: latestTime,
            spoolFolder: spoolFolder,
            interruption: interruption,
            progress: progress
        )
        let losses: [TreePlan.MetadataLoss]
        switch command.format {
        case .dir:
            losses = tree.lossesInFolder
            try tree.write(
                toFolder: command.output,
                replacing: command.force,
                interruption: interruption,
                progress: progress
            )
        case .cpio:
            losses = tree.lossesInArchive
            try CpioWriter.write(
                tree,
                to: command.output,
                replacing: command.force,
                interruption: interruption,
                progress: progress
            )
        }
        let lossFile = try MetadataLossFile(beside: command.output).write(losses)
        return AppBuilderReport(
            image: image,
            tree: tree,
            form: command.format,
            output: command.output,
            builder: builder,
            lossFile: lossFile,
            lossCount: losses.count
        )
    }

    /// Refuses before all the work what would be refused after it.
    private func checkOutput() throws {
        guard !command.force else { return }
        for path in [command.output, MetadataLossFile(beside: command.output).path]
        where FileManager.default.fileExists(atPath: path) {
            let isEmptyFolder = (try? FileManager.default.contentsOfDirectory(atPath: path))?.isEmpty ?? false
            guard command.format == .dir, isEmptyFolder else {
                throw RootFileSystemError(.fileExists, subject: path, expected: "nothing of that name, or --force")
            }
        }
    }

    /// The folder of the result, whose file system has to hold it anyway.
    private var spoolFolder: String {
        let folder = URL(filePath: command.output).deletingLastPathComponent().path
        return folder.isEmpty ? "." : folder
    }

    /// Whether a name means a file: a path, or the ending of an archive.
    private static func looksLikeFile(_ name: String) -> Bool {
        let endings = [
            ".tar", ".tgz", ".tar.gz", ".tar.zst", ".tar.xz", ".tzst", ".txz", ".oci", ".zip", ".cpio", ".img",
        ]
        return name.hasPrefix("/") || name.hasPrefix(".") || name.hasPrefix("~") || name.hasSuffix("/")
            || endings.contains { name.hasSuffix($0) }
    }
}
