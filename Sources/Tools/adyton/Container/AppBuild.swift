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
        if let image = command.image, FileManager.default.fileExists(atPath: image) { return try convert(image, nil) }
        try checkSource()
        let arguments = try ShellWords.split(command.extra ?? "")
        let builder = try await ImageBuilder(
            wanted: command.builder,
            isVerbose: command.verbose,
            latestTime: latestTime
        )
        do {
            let report = try convert(await archive(from: builder, arguments), builder.kind)
            await builder.removeFiles()
            return report
        } catch {
            await builder.removeFiles()
            throw error
        }
    }

    /// Has the builder make or export the image.
    private func archive(from builder: ImageBuilder, _ arguments: [String]) async throws -> String {
        if let image = command.image { return try await builder.save(image) }
        let dockerfile = command.dockerfile ?? command.file ?? "Dockerfile"
        return try await builder.build(dockerfile, arguments: arguments, latestTime: latestTime)
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

    /// Refuses early what would be refused after all the work.
    private func checkOutput() throws {
        guard !command.force, FileManager.default.fileExists(atPath: command.output) else { return }
        throw RootFileSystemError(.fileExists, subject: command.output, expected: "nothing of that name, or --force")
    }

    /// The folder of the result, whose file system has to hold it anyway.
    private var spoolFolder: String {
        let folder = URL(filePath: command.output).deletingLastPathComponent().path
        return folder.isEmpty ? "." : folder
    }

    /// Refuses a missing file before a builder is looked for.
    private func checkSource() throws {
        if let image = command.image, image.contains("/"), image.hasPrefix(".") || image.hasPrefix("/") {
            throw RootFileSystemError(.fileMissing, subject: image)
        }
        if let dockerfile = command.dockerfile ?? command.file, !FileManager.default.fileExists(atPath: dockerfile) {
            throw RootFileSystemError(.fileMissing, subject: dockerfile)
        }
    }
}
