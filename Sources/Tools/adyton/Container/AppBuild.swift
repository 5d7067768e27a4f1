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
    /// - Parameter progress: Is told the bytes done and the bytes of all, of one step after the other.
    /// - Returns: What was made.
    /// - Throws: `container.*`, and `file.*` and `tree.*` where the system refuses.
    func run(progress: ByteProgress.Report?) throws -> AppBuilderReport {
        try checkOutput()
        let limits = ContainerLimits(layerBytes: command.choice.maximumSize)
        let source = try source()
        let image = try ContainerImage(
            opening: source.path,
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
            builder: source.builder?.kind,
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

    /// The image's path; the builder, if one made it, keeps it until the value's last use.
    private func source() throws -> (path: String, builder: ImageBuilder?) {
        if let image = command.image, FileManager.default.fileExists(atPath: image) { return (image, nil) }
        if let image = command.image, image.contains("/"), image.hasPrefix(".") || image.hasPrefix("/") {
            throw RootFileSystemError(.fileMissing, subject: image)
        }
        let arguments = try ShellWords.split(command.extra ?? "")
        if let dockerfile = command.dockerfile ?? command.file, !FileManager.default.fileExists(atPath: dockerfile) {
            throw RootFileSystemError(.fileMissing, subject: dockerfile)
        }
        let builder = try ImageBuilder(
            wanted: command.builder,
            isVerbose: command.verbose,
            latestTime: latestTime,
            interruption: interruption
        )
        if let image = command.image { return (try builder.save(image), builder) }
        let dockerfile = command.dockerfile ?? command.file ?? "Dockerfile"
        return (try builder.build(dockerfile, arguments: arguments, latestTime: latestTime), builder)
    }
}
