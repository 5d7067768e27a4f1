import Foundation
import Inference
import ModelPack
import ModelRuntime

/// A benchmark's report for a person or a program.
struct BenchmarkText {
    private struct Document: Encodable {
        struct Setting: Encodable {
            let engine: String
            let precision: String
            let threads: Int
            let batch: Int
            let medianMilliseconds: Double
            let p99Milliseconds: Double
            let imagesPerSecond: Double
        }

        struct Omission: Encodable {
            let engine: String
            let precision: String
            let reason: String
        }

        struct Agreement: Encodable {
            let engine: String
            let precision: String
            let maximumProbabilityDifference: Double
            let bound: Double
        }

        struct Recommendation: Encodable {
            let engines: [String]
            let precision: String
            let threads: Int
            let maximumBatch: Int
            let imagesPerSecond: Double
            let loneMilliseconds: Double
            let command: String
        }

        let model: String
        let version: String
        let digest: String
        let preparationMilliseconds: Double
        let settings: [Setting]
        let leftOut: [Omission]
        let selfTest: [Agreement]
        let recommendations: [Recommendation]
    }

    private let report: BenchmarkReport
    private let pack: ModelPack

    init(_ report: BenchmarkReport, pack: ModelPack) {
        self.report = report
        self.pack = pack
    }

    /// One JSON document, ended by a line break.
    func json() throws -> String {
        let document = Document(
            model: pack.card.name,
            version: pack.card.version,
            digest: "\(report.digest)",
            preparationMilliseconds: Self.milliseconds(report.preparation),
            settings: report.settings.map { setting in
                Document.Setting(
                    engine: setting.engine.rawValue,
                    precision: setting.precision.rawValue,
                    threads: setting.threads,
                    batch: setting.batch,
                    medianMilliseconds: Self.milliseconds(setting.median),
                    p99Milliseconds: Self.milliseconds(setting.ninetyNinth),
                    imagesPerSecond: setting.rate
                )
            },
            leftOut: report.leftOut.map { item in
                Document.Omission(engine: item.engine.rawValue, precision: item.precision.rawValue, reason: item.reason)
            },
            selfTest: report.agreements.map { item in
                Document.Agreement(
                    engine: item.engine,
                    precision: item.precision.rawValue,
                    maximumProbabilityDifference: item.maximumProbabilityDifference,
                    bound: item.bound
                )
            },
            recommendations: report.recommendations.map { item in
                Document.Recommendation(
                    engines: item.engines.map(\.rawValue),
                    precision: item.precision.rawValue,
                    threads: item.threads,
                    maximumBatch: item.maximumBatch,
                    imagesPerSecond: item.rate,
                    loneMilliseconds: Self.milliseconds(item.lone),
                    command: command(for: item)
                )
            }
        )
        return try JSONReport.of(document)
    }

    /// Tables, then the recommended commands.
    var text: String {
        var text = "\(pack.card.name) \(pack.card.version), \(report.digest)\n"
        text += "  preparing the image takes \(Self.number(Self.milliseconds(report.preparation))) ms of one core\n\n"
        text +=
            TextTable([
                TextTable.Column(title: "engine", cells: report.settings.map(\.engine.rawValue)),
                TextTable.Column(title: "precision", cells: report.settings.map(\.precision.rawValue)),
                TextTable.Column(title: "threads", cells: report.settings.map { "\($0.threads)" }),
                TextTable.Column(title: "batch", cells: report.settings.map { "\($0.batch)" }),
                TextTable.Column(
                    title: "median ms",
                    cells: report.settings.map { Self.number(Self.milliseconds($0.median)) }
                ),
                TextTable.Column(
                    title: "p99 ms",
                    cells: report.settings.map { Self.number(Self.milliseconds($0.ninetyNinth)) }
                ),
                TextTable.Column(title: "images/s", cells: report.settings.map { Self.number($0.rate) }),
            ]).text
        text += "\nSelf-test, largest difference of a probability from the card's\n"
        for item in report.agreements {
            let difference = String(format: "%.6f", item.maximumProbabilityDifference)
            text += "  \(item.engine), \(item.precision.rawValue): \(difference) (allowed \(item.bound))\n"
        }
        if !report.leftOut.isEmpty { text += "\nLeft out\n" }
        for item in report.leftOut {
            text += "  \(item.engine.rawValue), \(item.precision.rawValue): \(item.reason)\n"
        }
        text += "\nRecommended, fastest first; with more than one engine the answers are cross-checked\n"
        for item in report.recommendations {
            let lone = Self.number(Self.milliseconds(item.lone))
            text += "  \(Self.number(item.rate)) images/s, \(lone) ms for one alone\n    \(command(for: item))\n"
        }
        return text
    }

    private func command(for item: BenchmarkReport.Recommendation) -> String {
        var words = ["adyton", "serve", pack.folder.relativePath]
        words += item.engines.flatMap { ["--engine", $0.rawValue] }
        if item.precision != .float32 { words += ["--precision", item.precision.rawValue] }
        words += ["--threads", "\(item.threads)", "--maximum-batch", "\(item.maximumBatch)"]
        return words.joined(separator: " ")
    }

    private static func milliseconds(_ duration: Duration) -> Double {
        duration / .milliseconds(1)
    }

    private static func number(_ value: Double) -> String {
        String(format: "%.\(value < 10 ? 2 : 1)f", value)
    }
}
