package import GuestInterface

/// How a machine ended.
package enum ExitReason: Equatable, Sendable {
    /// The application exited with this status.
    case exited(UInt8)
    /// The application was killed by this signal.
    case applicationKilled(UInt8)
    /// The machine stopped on request.
    case stopped
    /// The machine did not stop on request and was killed.
    case forced
    /// Process 1 of the guest reported a failure.
    case guestFailed(GuestFailure)
    /// QEMU did not start.
    case refused(String)
    /// QEMU exited unexpectedly.
    case crashed(String)
    /// The host's kernel killed QEMU, as it does when it is out of memory.
    case killedByHost
    /// The guest sent no heartbeat in time.
    case hung
    /// The guest closed the control channel while the machine was running.
    case channelLost
    /// The control channel carried invalid bytes.
    case channelGarbled
    /// The guest's kernel panicked, as it does for a disk block that fails its hash.
    case panicked
    /// The guest powered off without reporting why.
    case poweredOff
    /// The software TPM exited.
    case tpmLost(String)
    /// The guest did not become ready in time.
    case startLimit
    /// The machine reached its time limit.
    case timeLimit
    /// The command that started the machine has ended.
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

    /// The exit status of the command that waited for the machine; the application's own status is passed on.
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

    /// A sentence for people.
    package var sentence: String {
        switch self {
        case .exited(let status): "The application ended with status \(status)."
        case .applicationKilled(let signal): "The application was ended by signal \(signal)."
        case .stopped: "The machine was stopped."
        case .forced: "The machine did not stop in time and was ended by force."
        case .guestFailed(let failure): failure.sentence
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
        case .startLimit:
            "The guest was not ready in time: none of its ports answered; --start-limit gives it longer, and an "
                + "application that serves nothing needs no Ports."
        case .timeLimit: "The machine's time was up."
        case .abandoned: "The command that started the machine is gone."
        }
    }
}
