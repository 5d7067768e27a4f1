import Diagnostics
import Installation
import MachineLaunch

/// `adyton measure --from-source CLONE`: whether a clone's sources give the programs of this installation.
struct InstallationComparison {
    let source: SourceArguments
    let json: Bool

    func run() async throws {
        let report = try await source.withBuild { build in
            try build.map { SourceReport(try SourceComparison(of: .ofThisProgram, with: $0), of: $0) }
        }
        guard let report else { return }
        try printResult(json ? JSONReport.of(report) : report.text)
        if !report.same { throw ExitStatus.negativeAnswer }
    }
}
