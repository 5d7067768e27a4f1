import Foundation
import GuestInterface
import TestSupport
import Testing

/// Boots the kernel of `Scripts/build-kernel.sh`, and attacks it from the host's side and from the application's.
@Suite(
    .serialized,
    .enabled(
        if: TestGuest.isReady && FileManager.default.fileExists(atPath: GuestMachine.sealedKernel.path),
        "QEMU, busybox or .deps/sealed-kernel is missing; make kernel builds it"
    )
)
struct SealedKernelTests {
    let guest: TestGuest

    init() async throws {
        guest = try await TestGuest.shared.value
    }

    /// A machine with the sealed kernel, whose application is a script.
    private func machine(_ script: String, debug: Bool = false) throws -> GuestMachine {
        var plan = TestGuest.plan(script, debug: debug)
        plan.kernel = .sealed
        plan.modules = []
        plan.mounts = [.memory(target: "/tmp", maximumBytes: 1 << 20, mode: 0o1777), .overlay(target: "/etc")]
        plan.network = LaunchPlan.Network()
        var machine = try guest.machine(plan)
        machine.kernel = debug ? GuestMachine.sealedDebugKernel : GuestMachine.sealedKernel
        return machine
    }

    @Test func `an application starts on disks, overlay and network without one module`() async throws {
        let outcome = try await machine("echo upper > /etc/file && cat /data/marker && [ -e /sys/class/net/eth0 ]")
            .run()
        #expect(outcome.events == GuestBootTests.stages + [.ready, .exited(0)])
        #expect(outcome.console.isEmpty)
    }

    @Test func `a kernel of another kind than the plan's never reaches the application`() async throws {
        var machine = try machine("exit 0")
        machine.kernel = GuestMachine.kernel
        #expect(try await machine.run().events == [.reached(.started), .failed(.kernel)])
    }

    @Test(arguments: [GuestMachine.kernel, GuestMachine.sealedKernel])
    func `a host that adds a serial port sees the code of a failure and nothing else`(
        kernel: URL
    ) async throws {
        var plan = TestGuest.plan("cat /data/marker")
        if kernel == GuestMachine.sealedKernel { (plan.kernel, plan.modules) = (.sealed, []) }
        plan.application.path = "/bin/absent"
        var machine = try guest.machine(plan)
        machine.kernel = kernel
        let outcome = try await machine.run()
        #expect(outcome.events.last == .failed(.applicationMissing))
        #expect(outcome.console.split(whereSeparator: \.isNewline) == ["adyton: guest.application-missing"])
    }

    @Test func `a manifest that names another kernel than the running one ends the machine before its application`()
        async throws
    {
        let kernels = [("sealed", "6.1.0-adyton"), ("distribution", "6.12.117-adyton")]
        for (kind, release) in kernels {
            var machine = try machine("exit 0")
            let text = ##"{"kernel":{"kind":"\##(kind)","release":"\##(release)","version":"#1 SMP"}}"##
            machine.messages = [.clock(1_800_000_000), .manifest(Array(text.utf8)), .manifestSignature([1]), .start]
            let events = try await machine.run().events
            #expect(events == [.reached(.started), .reached(.modules), .failed(.hostDocument)], "\(kind)")
        }
    }

    @Test func `a plan that puts a distribution's kernel on hardware ends the machine at once`() async throws {
        var plan = TestGuest.plan("exit 0")
        plan.platforms = ["snp"]
        #expect(try await guest.machine(plan).run().events == [.reached(.started), .failed(.plan)])
    }

    /// What a host adds to a machine whose disk has a changed byte, so that it panics as soon as its application reads it.
    ///
    /// - Returns: The outcome, and what was written to the file of the added port.
    private func panic(with devices: [String]) async throws -> (outcome: GuestMachine.Outcome, added: Data) {
        let folder = try TemporaryFolder()
        var bytes = try Data(contentsOf: guest.image)
        let place = try #require(bytes.range(of: Data(TestGuest.marker.utf8)))
        bytes[place.lowerBound] ^= 1
        let changed = folder.url.appending(path: "changed.img")
        try bytes.write(to: changed)
        var machine = try machine("cat /data/marker; sleep 2")
        machine.disks = [changed]
        let file = folder.url.appending(path: "added")
        machine.furtherArguments = ["-chardev", "file,id=added,path=\(file.path)"] + devices
        return (try await machine.run(), try Data(contentsOf: file))
    }

    @Test func `a host that adds a display and a serial port sees nothing, not even a panic`() async throws {
        let (outcome, added) = try await panic(with: ["-device", "VGA,romfile=", "-device", "pci-serial,chardev=added"])
        #expect(outcome.events == GuestBootTests.stages + [.ready])
        #expect(outcome.endedByItself && outcome.console.isEmpty && added.isEmpty)
    }

    @Test func `a host that adds a console ends the machine before its application`() async throws {
        let (outcome, added) = try await panic(with: ["-device", "virtconsole,chardev=added"])
        #expect(outcome.events == [.reached(.started), .failed(.kernel)])
        #expect(outcome.console.split(whereSeparator: \.isNewline) == ["adyton: guest.kernel"] && added.isEmpty)
    }

    /// A table whose device writes "EVIL" to 0x10000000 of the guest's memory as soon as the kernel looks for it; made with
    /// iasl from: Device (EVIL) { OperationRegion (MEMR, SystemMemory, 0x10000000, 0x1000) …
    /// Method (_STA) { MARK = 0x4C495645 Return (0x0F) } }.
    private static let hostileTable =
        "U1NEVHMAAAACqUhPU1RJTFdSSVRFUgAAAQAAAElOVEwlCSAgEE4EXF9TQl9bgkUERVZJTAhfSElEDUFEWVQwMDAxAFuATUVNUgAMAAAAEAsAEFuBC01F"
        + "TVIDTUFSSyAUE19TVEEAcAxFVklMTUFSS6QKDw=="

    @Test(arguments: [GuestMachine.kernel, GuestMachine.sealedKernel])
    func `code in a host's ACPI table writes to the memory of a distribution's kernel, and not of ours`(
        kernel: URL
    ) async throws {
        let table = try #require(Data(base64Encoded: Self.hostileTable))
        let memory = try await memory(kernel) { folder in
            let file = folder.appending(path: "ssdt.aml")
            try table.write(to: file)
            return ["-acpitable", "file=\(file.path)"]
        }
        let isMarked = Array(memory[0x1000_0000..<0x1000_0004]) == HostileTables.marker
        #expect(isMarked == (kernel != GuestMachine.sealedKernel))
    }

    /// Boots a machine whose application ends well, with what a host adds.
    ///
    /// - Returns: The guest's memory after its end.
    private func memory(
        _ kernel: URL,
        firmware: URL? = nil,
        _ arguments: (URL) throws -> [String]
    ) async throws -> Data {
        let folder = try TemporaryFolder()
        let isSealed = kernel == GuestMachine.sealedKernel
        var machine = isSealed ? try machine("sleep 1") : try guest.machine(TestGuest.plan("sleep 1"))
        machine.kernel = kernel
        machine.firmware = firmware
        machine.memoryInMegabytes = 512
        // A kernel that lets the code write must not use the place for itself afterwards.
        if !isSealed { machine.commandLine += " memmap=2M$0x10000000" }
        let file = folder.url.appending(path: "memory")
        machine.memoryFile = file
        machine.furtherArguments = try arguments(folder.url)
        #expect(try await machine.run().events.last == .exited(0))
        return try Data(contentsOf: file, options: .alwaysMapped)
    }

    /// The same under the firmware of measured machines, with tables of the host, or with genuine ones where there are none.
    private func memory(_ kernel: URL, _ tables: HostileTables?) async throws -> Data {
        try await memory(kernel, firmware: GuestMachine.firmware) { try tables?.arguments(in: $0) ?? [] }
    }

    @Test(.enabled(if: LargeTests.areWanted, "\(LargeTests.reason)"))
    func `code of a changed DSDT and registers of a changed FADT reach RAM, NVS and tables, but not under our kernel`()
        async throws
    {
        // Unused memory below the kernel; the other targets are known after a boot with tables of the same lengths.
        let (ram, block) = (0x1000_0000, 0x1010_0000)
        var targets = HostileTables.Targets(code: [UInt32(ram), UInt32(ram), UInt32(ram)], eventBlock: UInt64(block))
        let genuine = HostileTables.installed(in: try await memory(GuestMachine.kernel, nil))
        let harmless = try HostileTables(genuine, targets)
        let placed = HostileTables.installed(in: try await memory(GuestMachine.kernel, harmless))
        let control = try #require(placed["FACS"]).address
        let configuration = try #require(placed["MCFG"]).address
        // Reserved bytes of the one, and the OEM's identifier of the other.
        let places = [ram, control + 40, configuration + 12]
        targets.code = places.map { UInt32($0) }
        let hostile = try HostileTables(genuine, targets)
        for kernel in [GuestMachine.kernel, GuestMachine.sealedKernel] {
            let isSealed = kernel == GuestMachine.sealedKernel
            let memory = try await memory(kernel, hostile)
            for place in places {
                let isMarked = Array(memory[place..<place + 4]) == HostileTables.marker
                #expect(isMarked == !isSealed, "0x\(String(place, radix: 16))")
            }
            let events = Array(memory[block..<block + 8])
            #expect(events == [UInt8](repeating: isSealed ? 0 : 0xFF, count: 8))
            #expect((HostileTables.installed(in: memory)["EVIL"] != nil) == !isSealed, "the MADT's signature")
        }
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: GuestMachine.sealedDebugKernel.path)))
    func `the kernel of debug packages has a console, and no more than the other`() async throws {
        let script =
            "ls -d /proc/modules /proc/kcore /proc/self/ns/user /proc/config.gz /proc/sys/kernel/sysrq; echo done"
        let outcome = try await machine(script, debug: true).run()
        #expect(outcome.events.last == .exited(0))
        let words = Set(
            outcome.console.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
        )
        #expect(words.contains("done"), "\(outcome.console)")
        for found in ["modules", "kcore", "self/ns/user", "config.gz", "sys/kernel/sysrq"] {
            #expect(!words.contains("/proc/\(found)"), "\(found)")
        }
    }
}
