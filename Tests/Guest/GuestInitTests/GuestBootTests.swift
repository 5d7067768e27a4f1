import Foundation
import GuestInterface
import TestSupport
import Testing

/// Boots process 1 in machines, one after the other, because each takes a core.
@Suite(.serialized, .enabled(if: TestGuest.isReady, "QEMU, busybox or .deps/kernel is missing"))
struct GuestBootTests {
    static let stages = GuestStage.allCases.map { ControlEvent.reached($0) }

    let guest: TestGuest

    init() async throws {
        guest = try await TestGuest.shared.value
    }

    @Test func `an application gets the user, limits, folder, environment and file systems of its plan`() async throws {
        var plan = TestGuest.plan(
            """
            id; echo "folder $(pwd)"; echo "A=$A LANG=$LANG"; ulimit -n; ulimit -s; hostname; nproc; date +%Y
            touch /root-file || echo root refuses; touch /tmp/file && echo memory takes
            cat /etc/file; echo upper > /etc/file && cat /etc/file; cat /etc/resolv.conf; ls /dev
            grep -E 'NoNewPrivs|CapEff' /proc/self/status; cat /proc/sys/kernel/modules_disabled; echo $(ls /sys/class/net)
            exit 7
            """,
            debug: true
        )
        plan.hostname = "sealed"
        plan.application.user = 1000
        plan.application.group = 100
        plan.application.workingDirectory = "/data"
        plan.application.environment = ["A=1", "LANG=none"]
        plan.application.hostEnvironment = ["LANG"]
        plan.application.openFiles = 512
        plan.application.stackInBytes = 1 << 20
        plan.application.processors = 1
        plan.mounts = [.memory(target: "/tmp", maximumBytes: 1 << 20, mode: 0o1777), .overlay(target: "/etc")]
        plan.network = LaunchPlan.Network()
        plan.network?.nameServers = ["10.0.2.3"]
        var machine = try guest.machine(plan)
        machine.messages = [.clock(1_800_000_000), .environment("LANG=C"), .start]
        let outcome = try await machine.run()
        #expect(outcome.events == Self.stages + [.ready, .exited(7)])
        for text in [
            "DEBUG package", "uid=1000 gid=100", "folder /data", "A=1 LANG=C", "\n512", "\n1024", "sealed", "2027",
            "root refuses", "memory takes", "lower", "nameserver 10.0.2.3", "NoNewPrivs:\t1",
            "CapEff:\t0000000000000000", "eth0 lo",
        ] {
            #expect(outcome.console.contains(text), "\(text) in \(outcome.console)")
        }
        // Root owns the directory below the overlay, so another user may not change it.
        #expect(outcome.console.contains("can't create /etc/file"))
        #expect(!outcome.console.contains("vda") && !outcome.console.contains("vport"))
    }

    @Test func `what an application prints last reaches the console before the power goes off`() async throws {
        let outcome = try await guest.machine(TestGuest.plan("seq 1000 3000; exit 3", debug: true)).run()
        #expect(outcome.events.last == .exited(3))
        let lines = outcome.console.split(whereSeparator: \.isNewline)
        #expect(lines.compactMap { Int($0) } == Array(1000...3000), "\(outcome.console.suffix(400))")
    }

    @Test func `process 1 reaps what the application leaves, and nothing else runs`() async throws {
        let plan = TestGuest.plan(
            """
            pid=$(sh -c 'sleep 0.1 >/dev/null & echo $!'); while [ -e /proc/$pid ]; do :; done
            for p in /proc/[0-9]*; do read -r name < $p/cmdline; [ -n "$name" ] && echo "runs ${p#/proc/}"; done
            grep -h '^State:.*zombie' /proc/[0-9]*/status; echo listed; kill -SEGV $$
            """,
            debug: true
        )
        let outcome = try await guest.machine(plan).run()
        #expect(outcome.events.last == .killed(11))
        #expect(outcome.console.contains("listed"))
        #expect(outcome.console.components(separatedBy: "runs ").count - 1 == 2)
        #expect(!outcome.console.contains("zombie"))
    }

    @Test func `a sealed guest serves, stops when asked, and writes nothing to its host`() async throws {
        var plan = TestGuest.plan(
            "echo SPOKEN; echo SPOKEN > /dev/console; exec /bin/busybox httpd -f -p 8000 -h /data"
        )
        plan.network = LaunchPlan.Network()
        plan.readiness = .http(port: 8000, path: "/marker")
        var machine = try guest.machine(plan)
        let port = UInt16.random(in: 20_000..<30_000)
        machine.forwardedPort = port
        let curl = try #require(OutsideTool(named: "curl"))
        let outcome = try await machine.run { control in
            let words = ["--silent", "--max-time", "120", "http://127.0.0.1:\(port)/marker"]
            let answer = try await curl.run(words)
            #expect(String(decoding: answer.standardOutput, as: UTF8.self) == TestGuest.marker)
            try await control.send(.stop)
        }
        #expect(outcome.events == Self.stages + [.ready, .killed(15)])
        #expect(outcome.wasAlive && outcome.endedByItself)
        #expect(!outcome.console.contains("SPOKEN") && !outcome.console.contains("adyton"))
    }

    @Test func `an application that ignores the host's stop is killed after its grace`() async throws {
        var plan = TestGuest.plan("trap '' TERM; exec /bin/busybox httpd -f -p 127.0.0.1:8000 -h /data")
        plan.readiness = .port(8000)
        let outcome = try await guest.machine(plan).run { try await $0.send(.stop) }
        #expect(outcome.events.last == .killed(9))
        #expect(outcome.endedByItself)
    }

    @Test func `an image with one changed byte ends the machine before anything is served`() async throws {
        var bytes = try Data(contentsOf: guest.image)
        let place = try #require(bytes.range(of: Data(TestGuest.marker.utf8)))
        bytes[place.lowerBound] ^= 1
        let changed = guest.folder.url.appending(path: "changed.img")
        try bytes.write(to: changed)
        let plan = TestGuest.plan("cat /data/marker; sleep 2; echo survived", debug: true)
        let outcome = try await guest.machine(plan, image: changed).run()
        #expect(outcome.endedByItself)
        #expect(!outcome.console.contains("survived"))
        #expect(!outcome.events.contains { if case .exited = $0 { true } else { false } })
    }

    @Test func `another root hash than the image's never reaches the application`() async throws {
        let wrong = VerityVolume(
            blocks: guest.volume.blocks,
            hashStart: guest.volume.hashStart,
            rootHash: String(repeating: "ab", count: 32),
            salt: guest.volume.salt
        )
        let outcome = try await guest.machine(TestGuest.plan("exit 0"), root: wrong).run()
        #expect(outcome.endedByItself)
        #expect(!outcome.events.contains(.reached(.root)) && !outcome.events.contains(.ready))
    }

    /// The host that names an image at run time may name another one behind the launcher's back.
    @Test func `a mounted image with one changed byte ends the machine before it is read`() async throws {
        var bytes = try Data(contentsOf: guest.image)
        let place = try #require(bytes.range(of: Data(TestGuest.marker.utf8)))
        bytes[place.lowerBound] ^= 1
        let changed = guest.folder.url.appending(path: "mounted.img")
        try bytes.write(to: changed)
        var plan = TestGuest.plan("echo mounted; cat /tmp/data/marker; sleep 2; echo survived", debug: true)
        plan.mounts = [.image(target: "/tmp", device: "b", volume: guest.volume)]
        var machine = try guest.machine(plan)
        machine.disks.append(changed)
        let outcome = try await machine.run()
        #expect(outcome.endedByItself && outcome.console.contains("mounted"))
        #expect(!outcome.console.contains("survived") && !outcome.console.contains(TestGuest.marker.suffix(30)))
        #expect(!outcome.events.contains { if case .exited = $0 { true } else { false } })
    }

    static let refusals: [(GuestFailure, @Sendable (inout LaunchPlan) -> Void, [HostMessage])] = [
        (.module, { $0.modules.insert("absent.ko.xz", at: 0) }, GuestMachine.start),
        (.applicationMissing, { $0.application.path = "/bin/absent" }, GuestMachine.start),
        (.applicationStart, { $0.application.workingDirectory = "/absent" }, GuestMachine.start),
        (.mount, { $0.mounts = [.memory(target: "/absent", maximumBytes: nil, mode: 0o755)] }, GuestMachine.start),
        (.hostArgument, { _ in }, [.environment("LD_PRELOAD=/x"), .start]),
        (.clock, { _ in }, [.clock(5), .start]), (.clock, { _ in }, [.start]),
        (
            .network,
            {
                $0.network = LaunchPlan.Network()
                $0.network?.address = "nowhere"
            }, GuestMachine.start
        ),
    ]

    @Test(arguments: refusals.indices) func `a step that fails ends the machine with its code`(
        index: Int
    ) async throws {
        let (failure, change, messages) = Self.refusals[index]
        var plan = TestGuest.plan("exit 0")
        change(&plan)
        var machine = try guest.machine(plan)
        machine.messages = messages
        let outcome = try await machine.run()
        #expect(outcome.events.last == .failed(failure))
        #expect(outcome.endedByItself)
        #expect(!outcome.events.contains(.ready))
    }

    @Test func `an application that takes all memory is told from one that was killed`() async throws {
        var plan = TestGuest.plan("")
        plan.application.arguments = ["tail", "/dev/zero"]
        let outcome = try await guest.machine(plan).run()
        #expect(outcome.events.last == .failed(.outOfMemory))
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: GuestMachine.firmware.path) || OutsideTool.isRequired))
    func `firmware that measures boots the same guest`() async throws {
        var machine = try guest.machine(TestGuest.plan("exit 3"))
        machine.firmware = GuestMachine.firmware
        let outcome = try await machine.run()
        #expect(outcome.events == Self.stages + [.ready, .exited(3)] || outcome.events == Self.stages + [.exited(3)])
    }
}
