import Foundation
import GuestInterface
import Machine
import Synchronization
import TestSupport
import Testing

@Suite(.enabled(if: FakeHost.isReady, "python3 is missing; run Scripts/setup.sh test"))
struct SupervisorTests {
    @Test(arguments: [
        ("exit-0", "application.exited", Int32(0)), ("exit-7", "application.exited", 7),
        ("signal-11", "application.killed", 139), ("fail-6", "guest.root-volume", 100),
        ("fail-15", "guest.out-of-memory", 109), ("refuse", "qemu.refused", 71), ("refuse-late", "qemu.refused", 71),
        ("crash", "qemu.crashed", 101),
        ("killed", "qemu.killed", 102), ("panic", "guest.panicked", 105), ("power-off", "guest.powered-off", 106),
        ("garbage", "guest.channel-garbled", 108), ("flood", "application.exited", 5),
    ])
    func `each end has its code and status, and leaves nothing`(play: String, code: String, status: Int32) async throws
    {
        let host = try FakeHost()
        let events = try await host.play(host.machine(play))
        #expect(events.last?.name == code)
        #expect(events.last?.exitStatus == status)
        #expect(try await host.eventually { host.isClean })
    }

    @Test func `a start is told stage by stage`() async throws {
        let host = try FakeHost()
        let events = try await host.play(host.machine("exit-0"))
        let stages = GuestStage.allCases.map { "\($0)" }
        #expect(events.map(\.name) == ["qemu"] + stages + ["ready", "application.exited"])
        #expect(events.map(\.seconds) == events.map(\.seconds).sorted())
    }

    @Test(arguments: [("hang", "guest.hung", Int32(103)), ("lose-channel", "guest.channel-lost", 104)])
    func `a guest that is not heard any more is ended`(play: String, code: String, status: Int32) async throws {
        let host = try FakeHost()
        var machine = host.machine(play)
        // A lost channel is given two seconds, and must be noticed by itself.
        machine.limits.silenceInSeconds = play == "hang" ? 3 : 600
        let events = try await host.play(machine)
        #expect(events.last?.name == code)
        #expect(events.last?.exitStatus == status)
        #expect(try await host.eventually { host.isClean })
    }

    @Test(arguments: ["silent", "boot-forever"])
    func `a start that takes too long is ended`(play: String) async throws {
        let host = try FakeHost()
        var machine = host.machine(play)
        machine.limits.startInSeconds = 1.5
        let events = try await host.play(machine)
        #expect(events.last?.name == "machine.start-limit")
        #expect(try await host.eventually { host.isClean })
    }

    @Test func `a machine whose time is up is stopped`() async throws {
        let host = try FakeHost()
        var machine = host.machine("serve")
        machine.limits.runInSeconds = 1.5
        let events = try await host.play(machine)
        #expect(events.last?.name == "machine.time-limit")
        #expect(events.last?.exitStatus == 124)
        #expect(try await host.eventually { host.isClean })
    }

    @Test func `a stop is orderly, and one that is not heeded is done by force`() async throws {
        let host = try FakeHost()
        let orderly = try await host.play(host.machine("serve")) { event, machine in
            if event.name == "ready" { machine.stop() }
        }
        #expect(orderly.last?.name == "machine.stopped")
        #expect(orderly.last?.exitStatus == 0)
        var stubborn = host.machine("stubborn")
        stubborn.limits.stopInSeconds = 1
        let forced = try await host.play(stubborn) { event, machine in if event.name == "ready" { machine.stop() } }
        #expect(forced.last?.name == "machine.forced")
        #expect(forced.last?.exitStatus == 111)
        #expect(try await host.eventually { host.isClean })
    }

    @Test func `a stop in the firmware asks QEMU itself`() async throws {
        let host = try FakeHost()
        let events = try await host.play(host.machine("boot-forever")) { event, machine in
            if event.name == "qemu" { machine.stop() }
        }
        #expect(events.map(\.name) == ["qemu", "machine.stopped"])
    }

    @Test func `arguments, variables and console go through`() async throws {
        let host = try FakeHost()
        var machine = host.machine("echo")
        machine.isDebug = true
        machine.offer.arguments = ["one", "", String(repeating: "x", count: HostMessage.maximumPayload)]
        machine.offer.environment = ["A=ä"]
        let pipe = Pipe()
        let events = try await host.play(machine, console: pipe.fileHandleForWriting.fileDescriptor)
        try pipe.fileHandleForWriting.close()
        #expect(events.last?.name == "application.exited")
        let text = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        #expect(text == (machine.offer.arguments + machine.offer.environment).map { $0 + "\n" }.joined())
    }

    @Test func `an argument that no guest takes is refused before anything starts`() throws {
        let host = try FakeHost()
        var machine = host.machine("echo")
        machine.offer.arguments = [String(repeating: "x", count: HostMessage.maximumPayload + 1)]
        let error = #expect(throws: MachineError.self) { try host.start(machine) }
        #expect(error?.code == .argumentTooLong)
        #expect(host.isClean)
    }

    @Test func `a lost TPM ends the machine`() async throws {
        let host = try FakeHost()
        let events = try await host.play(host.machine("serve")) { event, _ in
            if event.name == "ready" { host.end("fake-swtpm") }
        }
        #expect(events.last?.name == "tpm.lost")
        #expect(try await host.eventually { host.isClean })
    }

    @Test func `a supervisor that is killed takes QEMU and the TPM with it, and its folder is removed`() async throws {
        let host = try FakeHost()
        let events = try await host.play(host.machine("serve")) { event, _ in
            guard event.name == "ready", let process = host.root.machines().first?.supervisor else { return }
            kill(process, SIGKILL)
        }
        #expect(events.last?.name == "ready")
        #expect(try await host.eventually { host.isClean })
    }

    @Test func `a command that goes away takes its machine with it`() async throws {
        let host = try FakeHost()
        try await runBlocking {
            let running = try host.start(host.machine("serve"))
            while let event = running.next(signals: -1), event.name != "ready" {}
        }
        #expect(try await host.eventually { host.isClean })
    }

    @Test func `two machines run side by side, and one name is one machine's`() async throws {
        let host = try FakeHost()
        let other = Mutex<[MachineEvent]>([])
        let events = try await host.play(host.machine("serve", name: "first")) { event, machine in
            guard event.name == "ready" else { return }
            for name in ["first", "second"] {
                guard let running = try? host.start(host.machine("exit-3", name: name)) else { continue }
                while let event = running.next(signals: -1) {
                    if event.kind != .stage { other.withLock { $0.append(event) } }
                }
            }
            machine.stop()
        }
        #expect(events.last?.name == "machine.stopped")
        #expect(other.withLock { $0.map(\.name) } == ["machine.name-taken", "application.exited"])
        #expect(try await host.eventually { host.isClean })
    }
}

@Suite(.enabled(if: FakeHost.isReady, "python3 is missing; run Scripts/setup.sh test"))
struct DetachedMachineTests {
    private static func detach(_ machine: MachineDescription, on host: FakeHost) async throws {
        try await runBlocking {
            var machine = machine
            machine.isDetached = true
            let running = try host.start(machine)
            while let event = running.next(signals: -1), event.name != "ready" {}
            running.detach()
        }
    }

    @Test func `a machine that was let go can be listed and stopped`() async throws {
        let host = try FakeHost()
        try await Self.detach(host.machine("serve", name: "kept"), on: host)
        let machine = try host.root.machine(named: "kept")
        #expect(machine.record?.stage == "ready")
        #expect(machine.record?.isDetached == true)
        #expect(machine.supervisor != nil)
        #expect(try await runBlocking { try machine.stop(within: 120) })
        #expect(try await host.eventually { host.isClean })
    }

    @Test func `one that does not stop in time is ended by force`() async throws {
        let host = try FakeHost()
        try await Self.detach(host.machine("stubborn", name: "kept"), on: host)
        let machine = try host.root.machine(named: "kept")
        #expect(try await runBlocking { try machine.stop(within: 0.5) } == false)
        #expect(try await host.eventually { host.isClean })
    }

    @Test func `one that ends by itself leaves word of it, and nothing else, until somebody takes note`() async throws {
        let host = try FakeHost()
        try await Self.detach(host.machine("serve", name: "kept"), on: host)
        host.end("fake-qemu")
        #expect(try await host.eventually { (try? host.root.machine(named: "kept").record?.ending) != nil })
        let machine = try host.root.machine(named: "kept")
        #expect(machine.record?.ending?.name == "qemu.killed")
        #expect(try await host.eventually { host.processes.isEmpty && machine.supervisor == nil })
        let events = try String(contentsOfFile: machine.events, encoding: .utf8).split(separator: "\n")
        #expect(events.count == 10)
        #expect(try machine.stop(within: 1))
        #expect(host.isClean)
    }

    @Test func `an unknown name is refused`() throws {
        let host = try FakeHost()
        let error = #expect(throws: MachineError.self) { try host.root.machine(named: "nobody") }
        #expect(error?.code == .nameUnknown)
    }
}
