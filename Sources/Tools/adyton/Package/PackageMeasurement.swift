import ArgumentParser
import EnclavePackage
import Foundation
import PackageManifest
import RootFileSystem

/// The sources that a package is built anew from.
struct SourceArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp("Build the package of this directory tree, and compare.", valueName: "appdir"),
        completion: .directory
    )
    var fromSource: String?

    @Option(
        help: ArgumentHelp("The configuration; without it, the package's own.", valueName: "file"),
        completion: .file(extensions: ["json"])
    )
    var config: String?

    @Option(
        name: .customLong("source-kernel"),
        help: ArgumentHelp("The kernel; without it, the distribution's own.", valueName: "file")
    )
    var kernel: String?

    @Option(
        name: .customLong("source-init"),
        help: ArgumentHelp("Process 1; without it, the distribution's own.", valueName: "file")
    )
    var initProgram: String?

    @Option(
        name: .customLong("source-modules"),
        help: ArgumentHelp("The kernel's modules; without it, the distribution's own.", valueName: "folder")
    )
    var modules: String?

    @Option(
        name: .customLong("source-gateway"),
        help: ArgumentHelp("What Gateway puts before an application; else the distribution's.", valueName: "file")
    )
    var gateway: String?

    @OptionGroup var tree: TreeArguments
}

/// `adyton measure PACKAGE`: what a package measures to, and whether its sources give the same.
struct PackageMeasurement {
    private struct Document: Encodable {
        struct Difference: Encodable {
            let subject: String
            let package: String
            let rebuilt: String
        }
        let referenceValues: [String: [String: String]]
        let fromSource: Bool
        let same: Bool?
        let difference: Difference?
    }

    let path: String
    let source: SourceArguments
    let json: Bool

    func run(_ measurer: ReferenceMeasurer) throws {
        let options = try source.tree.options()
        let (values, difference) = try PackageWork.run("measure") { report throws(PackageError) in
            let package = try SealedPackage(opening: path, trusting: .anyone)
            try package.verifyParts(progress: report)
            let values = try package.referenceValues(by: measurer)
            return (values, try rebuild(package, options, report))
        }
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            let document = Document(
                referenceValues: values,
                fromSource: source.fromSource != nil,
                same: source.fromSource == nil ? nil : difference == nil,
                difference: difference.map { .init(subject: $0.subject, package: $0.package, rebuilt: $0.rebuilt) }
            )
            try printResult(String(decoding: try encoder.encode(document), as: UTF8.self) + "\n")
        } else {
            try printResult(text(values, difference))
        }
        if difference != nil { throw ExitStatus.partialFailure }
    }

    private func text(_ values: [String: [String: String]], _ difference: PackageDifference?) -> String {
        var text = ""
        for (platform, names) in values.sorted(by: { $0.key < $1.key }) {
            let sorted = names.sorted { $0.key.compare($1.key, options: .numeric) == .orderedAscending }
            for (name, value) in sorted { text += "\(platform) \(name) \(value)\n" }
        }
        guard source.fromSource != nil else { return text }
        guard let difference else { return text + "The sources give the same package.\n" }
        return text + "\(difference.subject) differs\n  package  \(difference.package)\n"
            + "  rebuilt  \(difference.rebuilt)\n"
    }

    private func rebuild(
        _ package: SealedPackage,
        _ options: TreeOptions,
        _ report: ByteProgress.Report?
    ) throws(PackageError) -> PackageDifference? {
        guard let folder = source.fromSource else { return nil }
        let guest = try GuestFiles.find(
            kernel: source.kernel,
            initProgram: source.initProgram,
            modules: source.modules,
            gateway: source.gateway
        )
        let work = FileManager.default.temporaryDirectory.appending(path: "adyton-\(UUID().uuidString)")
        do {
            try FileManager.default.createDirectory(at: work, withIntermediateDirectories: true)
        } catch {
            throw PackageError(.unwritable, subject: work.path, found: error.localizedDescription)
        }
        defer { try? FileManager.default.removeItem(at: work) }
        var configuration = source.config
        if configuration == nil {
            let copy = work.appending(path: "config.json")
            let bytes = try package.configuration()
            guard FileManager.default.createFile(atPath: copy.path, contents: Data(bytes)) else {
                throw PackageError(.unwritable, subject: copy.path)
            }
            configuration = copy.path
        }
        var inputs = PackageBuilder.Inputs(
            configuration: configuration ?? "",
            root: .folder(folder),
            guest: guest
        )
        inputs.tree = options
        var result = try PackageBuilder(inputs, progress: report).build(in: work.path)
        // Values that need a firmware are judged by the firmware, not by the sources.
        for (platform, names) in package.manifest.referenceValues where platform != Platform.vtpm.rawValue {
            result.manifest.referenceValues[platform] = names
        }
        return try PackageDifference.between(package, result, progress: report)
    }
}
