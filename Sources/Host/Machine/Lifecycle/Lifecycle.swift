package import GuestInterface

/// The state machine of a machine's lifecycle, without a process or a socket.
///
/// Its inputs are events with their time in seconds since QEMU's start; its outputs are actions. Its memory is bounded
/// whatever a guest sends.
package struct Lifecycle: Sendable {
    /// The state.
    package enum State: Equatable, Sendable {
        /// QEMU was started and has not responded.
        case starting
        /// The guest boots; the stage is the last one that process 1 reported.
        case booting(GuestStage?)
        /// The application is ready; the last heartbeat came at this time.
        case ready(lastSign: Double)
        /// The guest was asked to stop.
        case stopping(Cause, until: Double)
        /// The reason for the end is known; QEMU has until this time to exit.
        case ending(ExitReason, until: Double)
        /// QEMU has exited.
        case ended(ExitReason)
    }

    /// The reason for a stop request.
    package enum Cause: Equatable, Sendable {
        case asked
        case timeLimit
    }

    /// An event.
    package enum Event: Equatable, Sendable {
        case monitorGreeted
        case monitorTold(Shutdown)
        case control(ControlEvent)
        case controlGarbled
        case controlClosed
        case qemuEnded(ProcessEnd, stderrTail: String)
        case tpmEnded(stderrTail: String)
        case stopAsked
        case launcherGone
        case timePassed
    }

    /// The reason that QEMU reports for a shutdown.
    package enum Shutdown: String, Equatable, Sendable {
        case poweredOff = "guest-shutdown"
        case reset = "guest-reset"
        case panicked = "guest-panic"
    }

    /// An action for the caller.
    package enum Action: Equatable, Sendable {
        /// Negotiate capabilities with QEMU's monitor.
        case greetMonitor
        /// Send the guest the time, arguments and variables, and start it.
        case offer
        /// Ask the guest to stop.
        case askGuestToStop
        /// Ask QEMU to quit.
        case quitQemu
        /// Kill QEMU.
        case killQemu
        /// Record that a stage was reached.
        case record(String)
    }

    /// The grace period for QEMU to quit, and for a guest that reported its end to power off.
    static let quitGraceInSeconds = 10.0
    /// The maximum time between the end of the control channel and QEMU's exit that counts as one event.
    static let channelGraceInSeconds = 2.0

    /// The state.
    package private(set) var state = State.starting
    private let limits: MachineDescription.Limits
    private var shutdown: Shutdown?
    private var wasKilled = false
    private var isGreeted = false
    private var isGuestHeard = false

    /// Creates the state of a machine whose QEMU was just started.
    ///
    /// - Parameter limits: The timeouts.
    package init(limits: MachineDescription.Limits) {
        self.limits = limits
    }

    /// The time of the next `timePassed` event, in seconds since the start; nil for none.
    package var deadline: Double? {
        switch state {
        case .starting, .booting: min(limits.startInSeconds, limits.runInSeconds ?? .infinity)
        case .ready(let lastSign):
            min(lastSign + limits.silenceInSeconds, limits.runInSeconds ?? .infinity)
        case .stopping(_, let until): until
        case .ending(_, let until): wasKilled ? nil : until
        case .ended: nil
        }
    }

    /// Handles an event.
    ///
    /// - Parameters:
    ///   - event: The event.
    ///   - time: Its time in seconds since QEMU's start, in ascending order.
    /// - Returns: The actions, in order.
    package mutating func handle(_ event: Event, at time: Double) -> [Action] {
        if case .ended = state { return [] }
        switch event {
        case .monitorGreeted:
            guard !isGreeted else { return [] }
            isGreeted = true
            // A fast guest's events may arrive before QEMU's.
            if state == .starting { state = .booting(nil) }
            return [.greetMonitor] + (isEnding ? [] : [.record("qemu")])
        case .monitorTold(let shutdown):
            self.shutdown = shutdown
            return []
        case .control(let event): return control(event, at: time)
        case .controlGarbled: return end(.channelGarbled, at: time, by: .killQemu)
        case .controlClosed:
            // In these states, QEMU's exit or the deadline gives the reason.
            if case .stopping = state { return [] }
            if state == .starting { return [] }
            guard !isEnding else { return [] }
            // QEMU's exit closes the channel, too, and follows at once.
            state = .ending(.channelLost, until: time + Self.channelGraceInSeconds)
            return []
        case .qemuEnded(let end, let stderrTail): return qemuEnded(end, stderrTail)
        case .tpmEnded(let stderrTail):
            guard !isEnding else { return [] }
            return end(.tpmLost(stderrTail), at: time, by: .killQemu)
        case .stopAsked: return stop(.asked, at: time)
        case .launcherGone: return end(.abandoned, at: time, by: .killQemu)
        case .timePassed: return timePassed(time)
        }
    }

    private var isEnding: Bool {
        switch state {
        case .ending, .ended: true
        case .starting, .booting, .ready, .stopping: false
        }
    }

    private mutating func control(_ event: ControlEvent, at time: Double) -> [Action] {
        if isEnding { return [] }
        isGuestHeard = true
        switch event {
        case .reached(let stage): return reached(stage)
        case .ready:
            guard case .booting = state else { return [] }
            state = .ready(lastSign: time)
            return [.record("ready")]
        case .alive:
            if case .ready = state { state = .ready(lastSign: time) }
            return []
        case .exited(let status):
            if case .stopping(let cause, _) = state {
                return finish(cause == .timeLimit ? .timeLimit : status == 0 ? .stopped : .exited(status), at: time)
            }
            return finish(.exited(status), at: time)
        case .killed(let signal):
            guard case .stopping(let cause, _) = state else { return finish(.applicationKilled(signal), at: time) }
            return finish(cause == .timeLimit ? .timeLimit : signal == 9 ? .forced : .stopped, at: time)
        case .failed(let failure): return finish(.guestFailed(failure), at: time)
        }
    }

    private mutating func reached(_ stage: GuestStage) -> [Action] {
        var before: GuestStage?
        switch state {
        case .booting(let stage): before = stage
        case .starting: break
        case .ready, .stopping, .ending, .ended: return []
        }
        guard stage.rawValue > before?.rawValue ?? 0 else { return [] }
        state = .booting(stage)
        // The first event of process 1 shows that it reads the channel.
        return [.record("\(stage)")] + (before == nil ? [.offer] : [])
    }

    /// Handles the guest's report of its end; it powers off by itself.
    private mutating func finish(_ ending: ExitReason, at time: Double) -> [Action] {
        state = .ending(ending, until: time + Self.quitGraceInSeconds)
        return []
    }

    private mutating func end(_ ending: ExitReason, at time: Double, by action: Action) -> [Action] {
        let ending = if case .ending(let known, _) = state, known != .channelLost { known } else { ending }
        state = .ending(ending, until: time + Self.quitGraceInSeconds)
        wasKilled = wasKilled || action == .killQemu
        return [action]
    }

    private mutating func stop(_ cause: Cause, at time: Double) -> [Action] {
        let ending: ExitReason = cause == .timeLimit ? .timeLimit : .stopped
        switch state {
        case .starting: return end(ending, at: time, by: .killQemu)
        case .booting(nil): return end(ending, at: time, by: .quitQemu)
        case .booting, .ready:
            state = .stopping(cause, until: time + limits.stopInSeconds)
            return [.askGuestToStop]
        case .stopping(let first, _):
            // The second request kills the machine.
            return end(first == .timeLimit ? .timeLimit : .forced, at: time, by: .killQemu)
        case .ending(let ending, _): return end(ending, at: time, by: .killQemu)
        case .ended: return []
        }
    }

    private mutating func timePassed(_ time: Double) -> [Action] {
        guard let deadline, time >= deadline else { return [] }
        switch state {
        case .starting, .booting, .ready:
            if let limit = limits.runInSeconds, time >= limit { return stop(.timeLimit, at: time) }
            if case .ready = state { return end(.hung, at: time, by: .killQemu) }
            return end(.startLimit, at: time, by: .killQemu)
        case .stopping(let cause, _): return end(cause == .timeLimit ? .timeLimit : .forced, at: time, by: .killQemu)
        case .ending(let ending, _): return end(ending, at: time, by: .killQemu)
        case .ended: return []
        }
    }

    private mutating func qemuEnded(_ end: ProcessEnd, _ stderrTail: String) -> [Action] {
        switch state {
        case .ending(let ending, _) where ending != .channelLost || wasKilled: state = .ended(ending)
        case .stopping(let cause, _) where end == .exited(0) && shutdown == .poweredOff:
            state = .ended(cause == .timeLimit ? .timeLimit : .stopped)
        default: state = .ended(unasked(end, stderrTail))
        }
        return []
    }

    private func unasked(_ end: ProcessEnd, _ stderrTail: String) -> ExitReason {
        switch end {
        case .exited(0) where shutdown == .poweredOff: .poweredOff
        case .exited(0) where shutdown != nil: .panicked
        case .signalled(9): .killedByHost
        case .exited where state == .starting: .refused(stderrTail.isEmpty ? end.text : stderrTail)
        // Some versions greet before they have opened disks and devices. Until the guest speaks, nothing has run.
        case .exited(let status) where !isGuestHeard && status != 0:
            .refused(stderrTail.isEmpty ? end.text : stderrTail)
        case .exited, .signalled: .crashed(stderrTail.isEmpty ? end.text : "\(end.text): \(stderrTail)")
        }
    }
}

/// How a process ended.
package enum ProcessEnd: Equatable, Sendable {
    /// It exited with this status.
    case exited(Int32)
    /// It was killed by this signal.
    case signalled(Int32)

    /// A text for people.
    package var text: String {
        switch self {
        case .exited(let status): "status \(status)"
        case .signalled(let signal): "signal \(signal)"
        }
    }
}
