import CGuest
import Glibc
import GuestInterface

/// The main loop of process 1 while the application runs.
///
/// It reaps children, forwards signals, sends heartbeats and readiness to the host, and stops the application on
/// request. Single-threaded; ``GuestBoot`` runs it.
struct Supervisor {
    /// How the application's process ended.
    package enum End: Equatable {
        case exited(UInt8)
        case killed(UInt8)
    }

    let application: ApplicationProcess
    let channel: ControlChannel
    let signals: SystemFile
    var probe: ReadinessProbe
    /// The gateway in front of the application; its end is a failure.
    var gateway: ApplicationProcess?
    /// When the application gets SIGKILL after SIGTERM, in milliseconds since boot; nil while no stop was requested.
    private var killTime: UInt64?
    private var nextBeat: UInt64
    private var end: End?

    init(_ application: ApplicationProcess, _ channel: ControlChannel, signals: SystemFile, plan: LaunchPlan) {
        self.application = application
        self.channel = channel
        self.signals = signals
        let now = guest_uptime()
        probe = ReadinessProbe(plan, now: now)
        nextBeat = now
    }

    /// Runs until the application has ended.
    ///
    /// - Returns: Its exit status or signal.
    /// - Throws: `guest.control` where the host sends malformed bytes, `guest.gateway` where the gateway ends first;
    ///   the power-off then ends the application.
    mutating func run() throws(GuestError) -> End {
        var announced = false
        while true {
            let now = guest_uptime()
            if probe.isReady, !announced {
                channel.send(.ready)
                announced = true
            }
            beat(now)
            if let killTime, now >= killTime { application.signal(SIGKILL) }
            try reapAll()
            if let end { return end }
            try wait(now)
        }
    }

    /// Waits for the next event or deadline, and handles it.
    private mutating func wait(_ now: UInt64) throws(GuestError) {
        var wanted: [(descriptor: Int32, interest: DescriptorPoll.Interest)] = [
            (signals.number, .readable), (channel.descriptor, channel.hasPending ? [.readable, .writable] : .readable),
        ]
        if let interest = probe.interest { wanted.append(interest) }
        let firstRefusal = wanted.count
        wanted += refusals.interests
        let next = [nextBeat, probe.deadline, killTime].compactMap(\.self).min() ?? nextBeat
        let time = next > now ? Int32(clamping: min(next - now, 1000)) : 0
        // A port that no host has open reports hang-up constantly; polling it would spin.
        if isHostGone { wanted[1].descriptor = -1 }
        let found = DescriptorPoll.wait(wanted, milliseconds: time)
        isHostGone = found[1].contains(.hungUp)
        forwardSignals()
        channel.flush()
        try listen()
        probe.advance(firstRefusal > 2 ? found[2] : [], now: guest_uptime())
        refusals.answer(found[firstRefusal...])
    }

    /// The refused system calls of a debug package, which the calling processes wait for.
    var refusals = RefusedCalls([], console: .silent)

    /// Whether the last poll reported that no host has the port open.
    private var isHostGone = false

    private mutating func beat(_ now: UInt64) {
        guard now >= nextBeat else { return }
        nextBeat = now + 1000
        isHostGone = false
        if !channel.hasPending { channel.send(.alive) }
    }

    private mutating func listen() throws(GuestError) {
        while let message = try channel.receive() {
            if message == .stop { stop() }
        }
    }

    private mutating func forwardSignals() {
        while case let number = guest_next_signal(signals.number), number > 0 {
            switch number {
            case SIGCHLD: continue
            case SIGTERM, SIGINT: stop()
            case SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2: application.signal(number)
            default: continue
            }
        }
    }

    private mutating func stop() {
        guard killTime == nil else { return }
        killTime = guest_uptime() + UInt64(HostMessage.stopGraceInSeconds) * 1000
        application.signal(SIGTERM)
    }

    private mutating func reapAll() throws(GuestError) {
        while true {
            var (status, signal): (Int32, Int32) = (-1, -1)
            // Safe: both numbers outlive the call.
            let child = unsafe guest_reap(&status, &signal)
            guard child > 0 else { return }
            if child == gateway?.identifier, end == nil {
                throw GuestError(.gateway, subject: "the gateway ended: status \(status), signal \(signal)")
            }
            guard child == application.identifier else { continue }
            end = signal >= 0 ? .killed(UInt8(truncatingIfNeeded: signal)) : .exited(UInt8(truncatingIfNeeded: status))
        }
    }
}
