import Diagnostics
package import Foundation
package import PackageManifest

/// A machine's record for the list of machines.
package struct MachineRecord: Codable, Equatable, Sendable {
    /// The machine's name.
    package var name: String
    /// The platform that launched and attests it.
    package var platform: Platform
    /// The accelerator.
    package var accelerator: Accelerator
    /// What was launched.
    package var identity: String
    /// Whether its console is open to the host.
    package var isDebug: Bool
    /// Whether it continues without the command that started it.
    package var isDetached: Bool
    /// Its ports.
    package var ports: [MachineDescription.Port]
    /// When it was started.
    @SecondsInUTC package var startedAt: Date
    /// The last stage that was reached: `ready` once the application is ready, `ended` after the end.
    package var stage: String
    /// How it ended; nil while it runs.
    package var ending: MachineEvent?

    /// Creates the record of a machine that was just started.
    ///
    /// - Parameters:
    ///   - machine: The machine.
    ///   - startedAt: The start time.
    package init(_ machine: MachineDescription, startedAt: Date) {
        name = machine.name
        platform = machine.platform
        accelerator = machine.accelerator
        identity = machine.identity
        isDebug = machine.isDebug
        isDetached = machine.isDetached
        ports = machine.network?.ports ?? []
        self.startedAt = startedAt
        stage = "starting"
    }
}

/// An event that a supervisor sends to the command that started the machine, and writes to the machine's log.
package struct MachineEvent: Codable, Equatable, Sendable {
    /// The kind of event.
    package enum Kind: String, Codable, Sendable {
        /// The start reached this stage.
        case stage
        /// The machine ended.
        case ended
        /// The machine could not be started.
        case failed
    }

    /// The kind of event.
    package var kind: Kind
    /// The stage's name or the end's stable code.
    package var name: String
    /// Seconds since the machine's start.
    package var seconds: Double
    /// A sentence about the end.
    package var sentence: String?
    /// The command's exit status.
    package var exitStatus: Int32?

    static func stage(_ name: String, at seconds: Double) -> MachineEvent {
        MachineEvent(kind: .stage, name: name, seconds: seconds)
    }

    static func ended(_ ending: ExitReason, at seconds: Double) -> MachineEvent {
        MachineEvent(
            kind: .ended,
            name: ending.code,
            seconds: seconds,
            sentence: ending.sentence,
            exitStatus: ending.exitStatus
        )
    }

    static func failed(_ error: MachineError) -> MachineEvent {
        MachineEvent(kind: .failed, name: error.stableCode, seconds: 0, sentence: error.detail, exitStatus: 71)
    }

    /// The event as one line of JSON.
    package var line: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Encoding strings and finite numbers does not fail.
        let data = (try? encoder.encode(rounded)) ?? Data()
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    private var rounded: MachineEvent {
        var event = self
        event.seconds = (seconds * 1000).rounded() / 1000
        return event
    }
}
