import Diagnostics
import EnclavePackage
import Foundation
import MachineLaunch
import PackageManifest
import RootFileSystem

/// `adyton measure PACKAGE`: what a package measures to, and whether its directory and the sources give the same.
struct PackageMeasurement {
    private struct Document: Encodable {
        struct Difference: Encodable {
            let subject: String
            let package: String
            let rebuilt: String
        }
        let referenceValues: [String: [String: String]]
        let fromDirectory: Bool
        let same: Bool?
        let difference: Difference?
        let source: SourceReport?
    }

    private struct Result {
        let values: [String: [String: String]]
        let difference: PackageDifference?
        let programs: SourceReport?
        /// Whether nothing that was built anew differs; nil where nothing was.
        var isSame: Bool? {
            didRebuild ? difference == nil && programs?.same != false : nil
        }
        let didRebuild: Bool
    }

    let path: String
    let source: SourceArguments
    let json: Bool

    func run(_ measurer: ReferenceMeasurer) async throws {
        let (package, values) = try TransferProgress.show { report in
            let package = try SealedPackage(opening: path, trusting: .anyone)
            try package.verifyParts(progress: report)
            return (package, try package.referenceValues(by: measurer))
        }
        let result = try await source.withBuild { build in
            Result(
                values: values,
                difference: try TransferProgress.show { report in
                    try source.rebuild(with: build)?.difference(from: package, progress: report)
                },
                programs: try build.map { SourceReport(try SourceComparison(of: package, with: $0), of: $0) },
                didRebuild: build != nil || source.fromDirectory != nil
            )
        }
        if json {
            let document = Document(
                referenceValues: result.values,
                fromDirectory: source.fromDirectory != nil,
                same: result.isSame,
                difference: result.difference.map {
                    .init(subject: $0.subject, package: $0.package, rebuilt: $0.rebuilt)
                },
                source: result.programs
            )
            try printResult(JSONReport.of(document))
        } else {
            try printResult(text(result))
        }
        if result.isSame == false { throw ExitStatus.negativeAnswer }
    }

    private func text(_ result: Result) -> String {
        var text = ""
        for (platform, names) in result.values.sorted(by: { $0.key < $1.key }) {
            let sorted = names.sorted { $0.key.compare($1.key, options: .numeric) == .orderedAscending }
            for (name, value) in sorted { text += "\(platform) \(name) \(value)\n" }
        }
        text += result.programs?.text ?? ""
        guard source.fromDirectory != nil else { return text }
        guard let difference = result.difference else { return text + "The directory gives the same package.\n" }
        return text + "\(difference.subject) differs\n  package  \(difference.package)\n"
            + "  rebuilt  \(difference.rebuilt)\n"
    }
}
