import ArgumentParser
import Diagnostics
import MachineLaunch
import ModelRuntime

/// `adyton doctor`: what this machine has and lacks.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Say what this machine has and lacks, each with a remedy.",
        discussion: """
            Exits with 0 where a model can be served by at least one engine, and with
            69 otherwise. What only a sealed machine needs is reported, and changes
            nothing.

            EXAMPLE
              adyton doctor
              adyton doctor --json | jq '.findings[] | select(.state == "missing")'
            """
    )

    private struct Document: Encodable {
        let canServe: Bool
        let findings: [DiagnosisFinding]
    }

    @Flag(help: "Print one JSON document.")
    var json = false

    func run() throws {
        let examination = HostDiagnosis(
            engines: EngineKind.allCases.map { kind in (kind.rawValue, Result { try kind.findLibrary() }) }
        )
        if json {
            let document = Document(canServe: examination.canServe, findings: examination.findings)
            try printResult(JSONReport.of(document))
        } else {
            let verdict = "This machine \(examination.canServe ? "can serve models" : "cannot serve models yet").\n"
            let style = TextStyle.output
            let (good, absent) = (style.mark(.good), style.mark(.absent))
            let lines = examination.findings.map { $0.text(present: good, missing: absent) + "\n" }
            try printResult(style.wrapped(lines.joined() + verdict))
        }
        guard examination.canServe else { throw ExitStatus.unavailable }
    }
}
