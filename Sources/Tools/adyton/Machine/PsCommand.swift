import ArgumentParser
import Foundation
import Machine
import PackageManifest

/// `adyton ps`: this user's machines.
struct PsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ps",
        abstract: "List this user's machines.",
        discussion: """
            A machine that was left running and then ended by itself stays in the list,
            with the reason, until adyton stop NAME takes note of it.

            EXAMPLE
              adyton ps
              adyton ps --json | jq -r '.[].name'
            """
    )

    @Flag(help: "Print one JSON document.")
    var json = false

    private struct Entry: Encodable {
        let name, platform, accelerator, state, identity: String
        let isDebug, isDetached: Bool
        let ports: [MachineDescription.Port]
        let secondsSinceStart: Int
        let reason: String?
        let exitStatus: Int32?

        init(_ record: MachineRecord) {
            name = record.name
            platform = record.platform.rawValue
            accelerator = record.accelerator.rawValue
            state = record.stage
            identity = record.identity
            isDebug = record.isDebug
            isDetached = record.isDetached
            ports = record.ports
            secondsSinceStart = Int(Date().timeIntervalSince(record.startedAt))
            reason = record.ending?.name
            exitStatus = record.ending?.exitStatus
        }

        var row: [String] {
            let uptime =
                "\(secondsSinceStart / 3600):"
                + String(format: "%02d:%02d", secondsSinceStart / 60 % 60, secondsSinceStart % 60)
            let ports = ports.map { "\($0.hostAddress):\($0.hostPort)->\($0.guestPort)" }.joined(separator: ",")
            return [
                name, platform, reason ?? state, ports.isEmpty ? "-" : ports, uptime, isDebug ? "DEBUG" : "-", identity,
            ]
        }
    }

    func run() throws {
        do {
            let entries = try RuntimeFolder().machines().compactMap(\.record).map { Entry($0) }
            if json {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
                try printResult(String(decoding: try encoder.encode(entries), as: UTF8.self) + "\n")
            } else {
                let heads = ["NAME", "PLATFORM", "STATE", "PORTS", "UPTIME", "DEBUG", "WHAT"]
                let columns = heads.enumerated().map { index, head in
                    TextTable.Column(title: head, cells: entries.map { $0.row[index] })
                }
                try printResult(TextTable(columns).text)
            }
        } catch let error as MachineError {
            printError("adyton ps: \(error)")
            throw error.exitStatus
        }
    }
}
