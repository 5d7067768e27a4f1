import Diagnostics
package import Foundation
package import PackageManifest

/// What a list of machines says of one.
package struct MachineRecord: Codable, Equatable, Sendable {
    /// The machine's name.
    package var name: String
    /// What launched it and vouches.
    package var platform: Platform
    /// What runs its instructions.
    package var accelerator: Accelerator
    /// What was launched.
    package var identity: String
    /// Whether its console is open to the host.
    package var isDebug: Bool
    /// Whether it goes on without the command that started it.
    package var isDetached: Bool
    /// Its ports.
    package var ports: [MachineDescription.Port]
    /// When it was started.
    @SecondsInUTC package var startedAt: Date
    /// The last stage that was reached, `ready` for one that serves, `ended` for one that is gone.
    package var stage: String
    /// How it ended; nil while it runs.
    package var ending: MachineEvent?

    /// The record of a machine that has just been started.
    ///
    /// - Parameters:
    ///   - machine: What was started.
    ///   - startedAt: When.
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

/// One line of what a supervisor tells: to the command that started the machine, and to the machine's log.
package struct MachineEvent: Codable, Equatable, Sendable {
    /// What kind of thing is told.
    package enum Kind: String, Codable, Sendable {
        /// The start got this far.
        case stage
        /// The machine ended.
        case ended
        /// The machine could not be started.
        case failed
    }

    /// What kind of thing is told.
    package var kind: Kind
    /// The stage's name or the end's stable code.
    package var name: String
    /// Seconds since the machine's start.
    package var seconds: Double
    /// The end in a sentence.
    package var sentence: String?
    /// What the command ends with.
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
        // Encoding strings and finite numbers cannot fail.
        let data = (try? encoder.encode(rounded)) ?? Data()
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    private var rounded: MachineEvent {
        var event = self
        event.seconds = (seconds * 1000).rounded() / 1000
        return event
    }
}
