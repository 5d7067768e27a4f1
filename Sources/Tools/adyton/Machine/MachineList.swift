import Foundation
import Machine
import PackageManifest

/// The machines of `adyton ps`, for a person or a program.
struct MachineList {
    /// One machine.
    struct Entry: Encodable {
        let name, platform, accelerator, state, identity: String
        let isDebug, isDetached: Bool
        let ports: [MachineDescription.Port]
        let secondsSinceStart: Int
        let reason: String?
        let exitStatus: Int32?

        init(_ record: MachineRecord, at now: Date) {
            name = record.name
            platform = record.platform.rawValue
            accelerator = record.accelerator.rawValue
            state = record.stage
            identity = record.identity
            isDebug = record.isDebug
            isDetached = record.isDetached
            ports = record.ports
            secondsSinceStart = Int(now.timeIntervalSince(record.startedAt))
            reason = record.ending?.name
            exitStatus = record.ending?.exitStatus
        }

        fileprivate var row: [String] {
            let uptime = String(
                format: "%d:%02d:%02d",
                secondsSinceStart / 3600,
                secondsSinceStart / 60 % 60,
                secondsSinceStart % 60
            )
            let ports = ports.map { "\($0.hostAddress):\($0.hostPort)->\($0.guestPort)" }.joined(separator: ",")
            return [
                name, platform, reason ?? state, ports.isEmpty ? "-" : ports, uptime, isDebug ? "DEBUG" : "-", identity,
            ]
        }
    }

    /// The machines, in the order of the runtime folder.
    let entries: [Entry]

    /// - Parameters:
    ///   - records: The machines' records.
    ///   - now: The time from which their age is computed.
    init(_ records: [MachineRecord], at now: Date) {
        entries = records.map { Entry($0, at: now) }
    }

    /// A table with a line for each machine.
    var text: String {
        let titles = ["NAME", "PLATFORM", "STATE", "PORTS", "UPTIME", "DEBUG", "WHAT"]
        let columns = titles.enumerated().map { index, title in
            TextTable.Column(title: title, cells: entries.map { $0.row[index] })
        }
        return TextTable(columns).text
    }
}
