import Diagnostics
import EnclavePackage
import Foundation
import MachineLaunch
import PackageManifest
import RootFileSystem

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
        let (values, difference) = try TransferProgress.show { report in
            let package = try SealedPackage(opening: path, trusting: .anyone)
            try package.verifyParts(progress: report)
            let values = try package.referenceValues(by: measurer)
            return (values, try source.rebuild()?.difference(from: package, progress: report))
        }
        if json {
            let document = Document(
                referenceValues: values,
                fromSource: source.fromSource != nil,
                same: source.fromSource == nil ? nil : difference == nil,
                difference: difference.map { .init(subject: $0.subject, package: $0.package, rebuilt: $0.rebuilt) }
            )
            try printResult(JSONReport.of(document))
        } else {
            try printResult(text(values, difference))
        }
        if difference != nil { throw ExitStatus.negativeAnswer }
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
}
