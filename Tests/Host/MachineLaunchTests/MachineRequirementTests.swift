import Machine
import PackageManifest
import Testing

@testable import MachineLaunch

@Suite struct MachineRequirementTests {
    private func machine(_ needs: MachineRequirements) -> MachineDescription {
        var machine = MachineDescription(
            name: "m",
            platform: .vtpm,
            accelerator: .tcg,
            programs: FakeHost.programs,
            commandLine: "quiet"
        )
        machine.take(needs)
        return machine
    }

    private var needs: MachineRequirements {
        var needs = MachineRequirements(memoryInBytes: 768 << 20, processors: 3)
        needs.ports = [8443, 8001]
        needs.timeLimitInSeconds = 60
        return needs
    }

    @Test func `takes memory, processors, ports and time limit`() {
        let machine = machine(needs)
        #expect(machine.memoryInMebibytes == 768 && machine.processors == 3)
        #expect(machine.limits.runInSeconds == 60)
        #expect(machine.network?.ports.map(\.guestPort) == [8443, 8001])
        #expect(machine.network?.ports.allSatisfy { $0.hostPort == 0 } == true)
        #expect(machine.network?.isOutboundAllowed == false)
    }

    @Test func `a published port takes the place of the free one`() throws {
        var machine = machine(needs)
        try machine.publish([.init(hostPort: 9000, guestPort: 8001)], allowed: [8443, 8001])
        #expect(machine.network?.ports.map(\.hostPort) == [0, 9000])
        // A second one is added.
        try machine.publish([.init(hostAddress: "127.0.0.2", hostPort: 9001, guestPort: 8001)], allowed: [8001])
        #expect(machine.network?.ports.map(\.hostPort) == [0, 9000, 9001])
    }

    @Test(arguments: [
        ([UInt16](), "nothing, for the package names no port"), ([8443], "a port of the package: 8443"),
    ])
    func `refuses a port that the package does not name`(allowed: [UInt16], expected: String) {
        var machine = machine(needs)
        let error = #expect(throws: LaunchError.self) {
            try machine.publish([.init(hostPort: 1, guestPort: 22)], allowed: allowed)
        }
        #expect(error?.code == .portNotNamed && error?.expected == expected && error?.found == "22")
        #expect(machine.network?.ports.count == 2)
    }

    @Test(
        arguments: [
            (.tcg, 2, true, true), (.tcg, 2, false, false), (.tcg, 1, true, nil), (.kvm, 2, true, nil),
        ] as [(Accelerator, Int, Bool, Bool?)]
    )
    func `emulates processors at once only where that is safe`(
        accelerator: Accelerator,
        processors: Int,
        isSafe: Bool,
        expected: Bool?
    ) {
        var machine = machine(MachineRequirements(memoryInBytes: 512 << 20, processors: processors))
        let usual = machine.hasThreadPerProcessor
        machine.accelerator = accelerator
        machine.chooseEmulation(on: FakeHost.host(hasSafeEmulationThreads: isSafe))
        #expect(machine.hasThreadPerProcessor == expected ?? usual)
    }

    @Test func `a person's limits come before the package's`() {
        var machine = machine(needs)
        machine.take(LaunchOptions())
        #expect(machine.limits.runInSeconds == 60 && machine.limits.startInSeconds == 300 && !machine.isDetached)
        var options = LaunchOptions()
        options.timeLimitInSeconds = 5
        options.startLimitInSeconds = 7
        options.environment = ["A=1"]
        options.isDetached = true
        machine.take(options)
        #expect(machine.limits.runInSeconds == 5 && machine.limits.startInSeconds == 7)
        #expect(machine.offer.environment == ["A=1"] && machine.isDetached)
    }

    @Test(arguments: [
        ("/usr/bin/python3", "python3-ff"), ("oracle app ß", "oracleapp-ff"), ("///", "machine-ff"), ("", "machine-ff"),
        (String(repeating: "x", count: 80), String(repeating: "x", count: 24) + "-ff"),
    ])
    func `a machine is called after what it runs`(subject: String, expected: String) {
        let name = MachineName.new(for: subject, number: 255)
        #expect(name == expected)
        #expect(RuntimeFolder.isName(name))
    }

    @Test func `names of the same program differ`() {
        #expect(Set((0..<8).map { _ in MachineName.new(for: "a") }).count == 8)
    }
}
