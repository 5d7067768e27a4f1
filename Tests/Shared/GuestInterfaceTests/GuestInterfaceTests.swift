import GuestInterface
import Testing

@Suite struct GuestInterfaceTests {
    static let volume = VerityVolume(
        blocks: 12,
        hashStart: 13,
        rootHash: String(repeating: "a0", count: 32),
        salt: "00ff"
    )

    /// A plan that uses every key.
    static var plan: LaunchPlan {
        var application = LaunchPlan.Application(path: "/bin/with space%")
        application.arguments = ["", "a b", "ü\n"]
        application.takesHostArguments = true
        application.environment = ["A=1", "B="]
        application.hostEnvironment = ["LANG"]
        application.workingDirectory = "/app"
        application.user = 1000
        application.group = 100
        application.capabilities = [.chown, .netRaw]
        application.memoryInBytes = 1 << 31
        application.stackInBytes = 1 << 20
        application.openFiles = 12
        application.processors = 2
        var plan = LaunchPlan(application: application)
        plan.isDebug = true
        plan.hostname = "box"
        plan.modules = ["virtio_blk.ko.xz", "dm-mod.ko.xz"]
        plan.optionalModules = ["sev-guest.ko.xz"]
        plan.mounts = [
            .memory(target: "/tmp", maximumBytes: 1 << 20, mode: 0o1777),
            .memory(target: "/run", maximumBytes: nil, mode: 0o755),
            .overlay(target: "/etc"), .image(target: "/models", device: "b", volume: volume),
        ]
        var network = LaunchPlan.Network()
        network.gateway = "10.0.2.2"
        network.nameServers = ["10.0.2.3"]
        plan.network = network
        plan.attestation = .required
        plan.platforms = ["snp", "vtpm"]
        plan.readiness = .http(port: 8000, path: "/v2/health/ready")
        return plan
    }

    @Test func `a plan that uses every key survives its text`() {
        #expect(LaunchPlan.read(Self.plan.text) == Self.plan)
        let small = LaunchPlan(application: LaunchPlan.Application(path: "/a"))
        #expect(LaunchPlan.read(small.text) == small)
    }

    @Test func `a plan that was cut, doubled or touched in its lines is refused`() {
        let text = Self.plan.text
        for length in 0..<text.utf8.count {
            #expect(LaunchPlan.read(String(decoding: text.utf8.prefix(length), as: UTF8.self)) == nil)
        }
        let lines = text.split(separator: "\n")
        for index in lines.indices {
            #expect(
                LaunchPlan.read((lines[..<index] + ["surprise 1"] + lines[index...]).map { $0 + "\n" }.joined()) == nil
            )
        }
        #expect(LaunchPlan.read(text + text) == nil)
        #expect(LaunchPlan.read(text.replacing("user 1000", with: "user 01000")) == nil)
        for (from, to) in [("CHOWN", "NET_RAW"), ("CHOWN", "SYS_ADMIN"), ("CHOWN", "chown")] {
            #expect(LaunchPlan.read(text.replacing("capability \(from)", with: "capability \(to)")) == nil)
        }
    }

    @Test(arguments: [
        "12:13:\(String(repeating: "a0", count: 32))", "12:13:\(String(repeating: "A0", count: 32)):-",
        "0:13:\(String(repeating: "a0", count: 32)):-", "12:11:\(String(repeating: "a0", count: 32)):-",
        "+12:13:\(String(repeating: "a0", count: 32)):-", "12:13:\(String(repeating: "a0", count: 31)):-",
        "12:13:\(String(repeating: "a0", count: 32)):0", "12:13:\(String(repeating: "a0", count: 32)):",
    ])
    func `a volume that is not written as ours is refused`(_ text: String) {
        #expect(VerityVolume(text: text) == nil)
    }

    @Test func `a volume of mkext2's layout has its hash tree behind one more block`() {
        let volume = VerityVolume(dataSize: 3 * 4096, rootHash: [UInt8](repeating: 0xa0, count: 32), salt: [1, 0xff])
        #expect(volume.text == "3:4:\(String(repeating: "a0", count: 32)):01ff")
        #expect(VerityVolume(text: volume.text) == volume)
    }

    @Test func `the command line names its root once`() {
        let line = KernelCommandLine(root: Self.volume, isDebug: true)
        #expect(KernelCommandLine(text: line.text + "\n") == line)
        #expect(KernelCommandLine(text: line.text + " initrd=initrd")?.root == Self.volume)
        #expect(KernelCommandLine(text: line.text + " " + line.text) == nil)
        #expect(KernelCommandLine(text: "quiet") == nil)
    }

    @Test func `every event survives its eight bytes, and no other bytes are an event`() {
        var events: [ControlEvent] = [.ready, .alive, .exited(0), .exited(255), .killed(9)]
        events += GuestStage.allCases.map { .reached($0) } + GuestFailure.allCases.map { .failed($0) }
        for event in events {
            #expect(ControlEvent(event.bytes) == event)
            for index in [0, 1, 3, 5, 6, 7] {
                var bytes = event.bytes
                bytes[index] ^= 0x40
                #expect(ControlEvent(bytes) == nil)
            }
        }
        #expect(Set(GuestFailure.allCases.map(\.code)).count == GuestFailure.allCases.count)
    }

    @Test func `messages come out whole and in order however they arrive`() throws {
        let documents = HostMessage.pieces(
            manifest: [UInt8](repeating: 1, count: 2 * HostMessage.maximumPayload + 1),
            signature: [2]
        )
        #expect(documents.count == 4)
        let messages: [HostMessage] =
            [.clock(1_800_000_000), .argument(""), .environment("A=ü")] + documents + [.start, .stop]
        var received: [UInt8] = []
        var found: [HostMessage] = []
        for byte in try messages.flatMap({ try #require($0.bytes) }) {
            received.append(byte)
            while let message = try HostMessage.next(from: &received) { found.append(message) }
        }
        #expect(found == messages)
        #expect(HostMessage.argument(String(repeating: "x", count: 4097)).bytes == nil)
    }

    @Test(
        arguments: [
            [1, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0], [2, 1, 0, 0], [2, 0, 1, 0x10], [2, 0, 1, 0, 0], [2, 0, 1, 0, 0xff],
            [9, 0, 0, 0],
            [4, 0, 1, 0, 0], [6, 0, 0, 0], [7, 0, 0, 0],
        ] as [[UInt8]]
    )
    func `a message that breaks its bounds is refused`(_ bytes: [UInt8]) {
        var received = bytes
        #expect(throws: HostMessage.MalformedMessage.self) { try HostMessage.next(from: &received) }
    }
}
