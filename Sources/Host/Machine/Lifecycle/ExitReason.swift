package import GuestInterface

/// How a machine ended.
package enum ExitReason: Equatable, Sendable {
    /// The application ended by itself, with this status.
    case exited(UInt8)
    /// The application was ended by this signal.
    case applicationKilled(UInt8)
    /// The machine was asked to stop, and did.
    case stopped
    /// The machine was asked to stop, and had to be ended by force.
    case forced
    /// The guest gave up.
    case guestFailed(GuestFailure)
    /// QEMU would not start.
    case refused(String)
    /// QEMU ended by itself.
    case crashed(String)
    /// The host's kernel ended QEMU, as it does for want of memory.
    case killedByHost
    /// The guest showed no sign of life.
    case hung
    /// The control channel closed while the machine went on.
    case channelLost
    /// The control channel carried what no guest of ours writes.
    case channelGarbled
    /// The guest's kernel gave up, as it does where a block is not what was measured.
    case panicked
    /// The guest powered off without a word.
    case poweredOff
    /// The software TPM ended.
    case tpmLost(String)
    /// The guest was not ready in time.
    case startLimit
    /// The machine's time was up.
    case timeLimit
    /// The command that started the machine is gone.
    case abandoned

    /// The stable name: logs and tests key on it.
    package var code: String {
        switch self {
        case .exited: "application.exited"
        case .applicationKilled: "application.killed"
        case .stopped: "machine.stopped"
        case .forced: "machine.forced"
        case .guestFailed(let failure): failure.code
        case .refused: "qemu.refused"
        case .crashed: "qemu.crashed"
        case .killedByHost: "qemu.killed"
        case .hung: "guest.hung"
        case .channelLost: "guest.channel-lost"
        case .channelGarbled: "guest.channel-garbled"
        case .panicked: "guest.panicked"
        case .poweredOff: "guest.powered-off"
        case .tpmLost: "tpm.lost"
        case .startLimit: "machine.start-limit"
        case .timeLimit: "machine.time-limit"
        case .abandoned: "machine.abandoned"
        }
    }

    /// What the command that waited for the machine ends with; an application's own status is passed on.
    package var exitStatus: Int32 {
        switch self {
        case .exited(let status): Int32(status)
        case .applicationKilled(let signal): 128 + Int32(signal)
        case .stopped: 0
        case .refused: 71
        case .guestFailed(.outOfMemory): 109
        case .guestFailed: 100
        case .crashed: 101
        case .killedByHost: 102
        case .hung: 103
        case .channelLost: 104
        case .panicked: 105
        case .poweredOff: 106
        case .tpmLost: 107
        case .channelGarbled: 108
        case .startLimit: 110
        case .forced: 111
        case .abandoned: 112
        case .timeLimit: 124
        }
    }

    /// The end in one sentence, for a person.
    package var sentence: String {
        switch self {
        case .exited(let status): "The application ended with status \(status)."
        case .applicationKilled(let signal): "The application was ended by signal \(signal)."
        case .stopped: "The machine was stopped."
        case .forced: "The machine did not stop in time and was ended by force."
        case .guestFailed(.outOfMemory): "The guest ran out of memory; give it more, or its application less to do."
        case .guestFailed(let failure): "The guest could not go on: \(failure.code)."
        case .refused(let reason): "QEMU would not start: \(reason)"
        case .crashed(let reason): "QEMU ended by itself: \(reason)"
        case .killedByHost: "The host ended QEMU with SIGKILL, most likely for want of memory."
        case .hung: "The guest shows no sign of life."
        case .channelLost: "The control channel to the guest was lost."
        case .channelGarbled: "The guest wrote what is no event on the control channel."
        case .panicked:
            "The guest's kernel gave up: it ran out of memory, or a block of a disk is not what was measured."
        case .poweredOff: "The guest powered off without saying why."
        case .tpmLost(let reason): "The software TPM ended: \(reason)"
        case .startLimit: "The guest was not ready in time."
        case .timeLimit: "The machine's time was up."
        case .abandoned: "The command that started the machine is gone."
        }
    }
}
