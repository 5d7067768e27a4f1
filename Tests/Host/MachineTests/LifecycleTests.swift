import GuestInterface
import Machine
import Testing

struct LifecycleTests {
    private static var limits: MachineDescription.Limits {
        var limits = MachineDescription.Limits()
        limits.startInSeconds = 100
        limits.silenceInSeconds = 10
        limits.stopInSeconds = 20
        limits.runInSeconds = 1000
        return limits
    }

    /// A machine whose guest is ready after three seconds.
    private static func readyMachine(_ limits: MachineDescription.Limits = limits) -> Lifecycle {
        var machine = Lifecycle(limits: limits)
        _ = machine.handle(.monitorGreeted, at: 1)
        _ = machine.handle(.control(.reached(.started)), at: 2)
        _ = machine.handle(.control(.ready), at: 3)
        return machine
    }

    @Test func `a start is greeted, offered and recorded, each once`() {
        var machine = Lifecycle(limits: Self.limits)
        #expect(machine.handle(.monitorGreeted, at: 1) == [.greetMonitor, .record("qemu")])
        #expect(machine.handle(.monitorGreeted, at: 1).isEmpty)
        #expect(machine.handle(.control(.reached(.started)), at: 2) == [.record("started"), .offer])
        #expect(machine.handle(.control(.reached(.started)), at: 2).isEmpty)
        #expect(machine.handle(.control(.reached(.root)), at: 2) == [.record("root")])
        // A guest that goes back is not followed, so a list of stages stays short.
        #expect(machine.handle(.control(.reached(.modules)), at: 2).isEmpty)
        #expect(machine.handle(.control(.ready), at: 3) == [.record("ready")])
        #expect(machine.handle(.control(.ready), at: 3).isEmpty)
        #expect(machine.state == .ready(lastSign: 3))
    }

    @Test func `a guest that is heard before QEMU's own greeting is offered all the same`() {
        var machine = Lifecycle(limits: Self.limits)
        #expect(machine.handle(.control(.reached(.started)), at: 1) == [.record("started"), .offer])
        #expect(machine.handle(.monitorGreeted, at: 1) == [.greetMonitor, .record("qemu")])
        #expect(machine.handle(.control(.reached(.modules)), at: 2) == [.record("modules")])
    }

    @Test(arguments: [
        (ControlEvent.exited(0), ExitReason.exited(0)), (.exited(255), .exited(255)),
        (.killed(11), .applicationKilled(11)),
        (.failed(.rootVolume), .guestFailed(.rootVolume)), (.failed(.outOfMemory), .guestFailed(.outOfMemory)),
    ])
    func `a guest's last word is the end, whatever QEMU does then`(event: ControlEvent, ending: ExitReason) {
        var machine = Self.readyMachine()
        #expect(machine.handle(.control(event), at: 4).isEmpty)
        _ = machine.handle(.control(.exited(99)), at: 4)
        _ = machine.handle(.controlClosed, at: 5)
        _ = machine.handle(.qemuEnded(.signalled(11), stderrTail: "oops"), at: 5)
        #expect(machine.state == .ended(ending))
        #expect(machine.deadline == nil)
    }

    @Test func `a guest that does not power off after its last word is ended by force and keeps its status`() {
        var machine = Self.readyMachine()
        _ = machine.handle(.control(.exited(3)), at: 4)
        #expect(machine.handle(.timePassed, at: 5).isEmpty)
        #expect(machine.handle(.timePassed, at: 15) == [.killQemu])
        #expect(machine.deadline == nil)
        _ = machine.handle(.qemuEnded(.signalled(9), stderrTail: ""), at: 15)
        #expect(machine.state == .ended(.exited(3)))
    }

    @Test func `silence is a hang only once the guest is ready`() {
        var machine = Lifecycle(limits: Self.limits)
        _ = machine.handle(.monitorGreeted, at: 1)
        _ = machine.handle(.control(.reached(.started)), at: 2)
        #expect(machine.handle(.timePassed, at: 50).isEmpty)
        _ = machine.handle(.control(.ready), at: 60)
        _ = machine.handle(.control(.alive), at: 65)
        #expect(machine.handle(.timePassed, at: 74.9).isEmpty)
        #expect(machine.handle(.timePassed, at: 75) == [.killQemu])
        _ = machine.handle(.qemuEnded(.signalled(9), stderrTail: ""), at: 76)
        #expect(machine.state == .ended(.hung))
    }

    @Test func `a start that takes too long ends, in every stage`() {
        for stage in [0, 1, 2] {
            var machine = Lifecycle(limits: Self.limits)
            if stage > 0 { _ = machine.handle(.monitorGreeted, at: 1) }
            if stage > 1 { _ = machine.handle(.control(.reached(.started)), at: 2) }
            #expect(machine.handle(.timePassed, at: 99).isEmpty)
            #expect(machine.handle(.timePassed, at: 100) == [.killQemu])
            _ = machine.handle(.qemuEnded(.signalled(9), stderrTail: ""), at: 100)
            #expect(machine.state == .ended(.startLimit))
        }
    }

    @Test(arguments: [
        (ControlEvent.exited(0), ExitReason.stopped), (.exited(4), .exited(4)), (.killed(15), .stopped),
        (.killed(9), .forced),
    ])
    func `a stop asks the guest first`(answer: ControlEvent, ending: ExitReason) {
        var machine = Self.readyMachine()
        #expect(machine.handle(.stopAsked, at: 10) == [.askGuestToStop])
        _ = machine.handle(.control(answer), at: 12)
        _ = machine.handle(.qemuEnded(.exited(0), stderrTail: ""), at: 13)
        #expect(machine.state == .ended(ending))
    }

    @Test func `a stop that is not heeded, or asked for twice, is done by force`() {
        var patient = Self.readyMachine()
        _ = patient.handle(.stopAsked, at: 10)
        #expect(patient.handle(.timePassed, at: 30) == [.killQemu])
        var hasty = Self.readyMachine()
        _ = hasty.handle(.stopAsked, at: 10)
        #expect(hasty.handle(.stopAsked, at: 11) == [.killQemu])
        for var machine in [patient, hasty] {
            _ = machine.handle(.qemuEnded(.signalled(9), stderrTail: ""), at: 31)
            #expect(machine.state == .ended(.forced))
        }
    }

    @Test func `a guest that is still in its firmware is not asked`() {
        var machine = Lifecycle(limits: Self.limits)
        _ = machine.handle(.monitorGreeted, at: 1)
        #expect(machine.handle(.stopAsked, at: 2) == [.quitQemu])
        _ = machine.handle(.qemuEnded(.exited(0), stderrTail: ""), at: 3)
        #expect(machine.state == .ended(.stopped))
    }

    @Test func `a machine whose time is up is stopped in order`() {
        var machine = Self.readyMachine()
        _ = machine.handle(.control(.alive), at: 999)
        #expect(machine.handle(.timePassed, at: 1000) == [.askGuestToStop])
        _ = machine.handle(.control(.exited(0)), at: 1001)
        _ = machine.handle(.qemuEnded(.exited(0), stderrTail: ""), at: 1002)
        #expect(machine.state == .ended(.timeLimit))
    }

    @Test func `a closed control channel counts as lost unless QEMU ends with it`() {
        var lost = Self.readyMachine()
        #expect(lost.handle(.controlClosed, at: 5).isEmpty)
        #expect(lost.handle(.timePassed, at: 7) == [.killQemu])
        _ = lost.handle(.qemuEnded(.signalled(9), stderrTail: ""), at: 7)
        #expect(lost.state == .ended(.channelLost))
        var crashed = Self.readyMachine()
        _ = crashed.handle(.controlClosed, at: 5)
        _ = crashed.handle(.qemuEnded(.signalled(11), stderrTail: "oops"), at: 5.1)
        #expect(crashed.state == .ended(.crashed("signal 11: oops")))
    }

    @Test(arguments: [
        (ProcessEnd.exited(0), Lifecycle.Shutdown?.some(.poweredOff), ExitReason.poweredOff),
        (.exited(0), .some(.reset), .panicked), (.exited(0), .some(.panicked), .panicked),
        (.exited(0), nil, .crashed("status 0")), (.exited(1), nil, .crashed("status 1")),
        (.signalled(9), nil, .killedByHost), (.signalled(6), nil, .crashed("signal 6")),
    ])
    func `an end that nobody asked for is told by what QEMU said`(
        end: ProcessEnd,
        shutdown: Lifecycle.Shutdown?,
        ending: ExitReason
    ) {
        var machine = Self.readyMachine()
        if let shutdown { _ = machine.handle(.monitorTold(shutdown), at: 4) }
        _ = machine.handle(.qemuEnded(end, stderrTail: ""), at: 5)
        #expect(machine.state == .ended(ending))
    }

    @Test func `QEMU that ends before its first word refused to start`() {
        var machine = Lifecycle(limits: Self.limits)
        _ = machine.handle(.qemuEnded(.exited(1), stderrTail: "no such device"), at: 0.1)
        #expect(machine.state == .ended(.refused("no such device")))
    }

    @Test func `garbage, a lost TPM and a lost launcher end the machine at once`() {
        let cases: [(Lifecycle.Event, ExitReason)] = [
            (.controlGarbled, .channelGarbled), (.tpmEnded(stderrTail: "gone"), .tpmLost("gone")),
            (.launcherGone, .abandoned),
        ]
        for (event, ending) in cases {
            var machine = Self.readyMachine()
            #expect(machine.handle(event, at: 5) == [.killQemu])
            _ = machine.handle(.qemuEnded(.signalled(9), stderrTail: ""), at: 5)
            #expect(machine.state == .ended(ending))
        }
    }

    @Test func `every end has a code and a sentence of its own, and a status that tells it from the others`() {
        let endings: [ExitReason] = [
            .stopped, .forced, .guestFailed(.plan), .guestFailed(.outOfMemory), .refused("r"), .crashed("c"),
            .killedByHost, .hung, .channelLost, .channelGarbled, .panicked, .poweredOff, .tpmLost("t"), .startLimit,
            .timeLimit, .abandoned,
        ]
        #expect(Set(endings.map(\.code)).count == endings.count)
        #expect(Set(endings.map(\.sentence)).count == endings.count)
        #expect(Set(endings.map(\.exitStatus)).count == endings.count)
    }
}

struct ControlReaderTests {
    @Test func `events are read however they are cut`() {
        let events = [ControlEvent.reached(.started), .ready, .alive, .exited(7)]
        let bytes = events.flatMap(\.bytes)
        for size in 1...bytes.count {
            var reader = ControlReader()
            var found: [ControlEvent] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                found += reader.read(bytes[start..<min(start + size, bytes.count)]) ?? []
            }
            #expect(found == events)
        }
    }

    @Test func `one wrong byte makes the channel worthless`() {
        let bytes = ControlEvent.ready.bytes
        for index in bytes.indices {
            var broken = bytes
            broken[index] ^= 0x80
            var reader = ControlReader()
            #expect(reader.read(broken) == nil)
        }
    }
}

struct MonitorReaderTests {
    @Test func `only a greeting and a shutdown matter`() {
        var reader = MonitorReader()
        let text = """
            {"QMP": {"version": {"qemu": {"micro": 22}}, "capabilities": ["oob"]}}\r
            {"return": {}}\r
            {"timestamp": {"seconds": 1}, "event": "SHUTDOWN", "data": {"guest": true, "reason": "guest-reset"}}\r
            {"event": "SHUTDOWN", "data": {"guest": false, "reason": "host-qmp-quit"}}\r
            no JSON at all\r

            """
        #expect(reader.read(Array(text.utf8)) == [.monitorGreeted, .monitorTold(.reset)])
    }

    @Test func `an endless line costs no memory and no greeting`() {
        var reader = MonitorReader()
        for _ in 0..<100 { #expect(reader.read([UInt8](repeating: 0x20, count: 65536)).isEmpty) }
        #expect(reader.read(Array("\n{\"QMP\": {}}\n".utf8)) == [.monitorGreeted])
    }
}
