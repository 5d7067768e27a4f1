import Diagnostics
import Foundation
import LaunchMeasurement
import TestSupport
import Testing

@Suite struct VtpmTests {
    struct Launch: Sendable {
        var kernel = SampleKernel()
        var memory = 1024
        var kind = MachineConfiguration.Kind.q35
        var initramfs = 5000
        var commandLine = "console=ttyS0 a=\"b c\""
    }

    private static let launches: [Launch] = [
        Launch(), Launch(memory: 64), Launch(memory: 2815), Launch(memory: 2816), Launch(memory: 4096),
        Launch(memory: 6144), Launch(memory: 3583, kind: .pc), Launch(memory: 3584, kind: .pc),
        Launch(memory: 3000, kind: .pc), Launch(initramfs: 4096), Launch(initramfs: 1), Launch(commandLine: ""),
        Launch(kernel: SampleKernel(extendedLoadFlags: 1)),
        Launch(kernel: SampleKernel(extendedLoadFlags: 1, greatestInitramfsAddress: 0x37ff_ffff), memory: 2048),
    ]

    private static let script = """
        import predict_pcrs as p, sys
        k, i = (open(f, 'rb').read() for f in sys.argv[1:3])
        r = p.predict_direct(k, i, sys.argv[3], int(sys.argv[4]), sys.argv[5] == 'q35')
        for n in (4, 9, 11, 12): print(n, r[n].hex())
        """

    private static func lines(_ measurement: VtpmMeasurement) -> String {
        [4, 9, 11, 12].map { "\($0) \(Hexadecimal.text(measurement.value(of: $0, in: .sha256) ?? []))" }
            .joined(separator: "\n")
    }

    @Test(
        .enabled(if: OutsideTool.python.isReady && Oracle.folder != nil, "Python or the shared oracle is missing"),
        arguments: launches.indices
    )
    func `predicts what the oracle predicts`(index: Int) async throws {
        let launch = Self.launches[index]
        let folder = try TemporaryFolder()
        let initramfs = (0..<launch.initramfs).map { UInt8(truncatingIfNeeded: $0) }
        let theirs = try await Oracle.python(
            Self.script,
            [
                try folder.write(launch.kernel.bytes, "kernel"), try folder.write(initramfs, "initrd"),
                launch.commandLine, "\(launch.memory)", launch.kind.rawValue,
            ]
        )
        let machine = try MachineConfiguration(kind: launch.kind, memoryInBytes: launch.memory << 20)
        let ours = try launch.kernel.measured(
            initramfs: initramfs,
            commandLine: launch.commandLine,
            machine: machine
        )
        #expect(Self.lines(ours) == theirs)
    }

    private static let kernel = ProjectFolder.dependencies.appending(path: "kernel/vmlinuz").path
    private static let hasKernel = FileManager.default.fileExists(atPath: kernel) || OutsideTool.isRequired

    @Test(
        .enabled(
            if: OutsideTool.python.isReady && Oracle.folder != nil && hasKernel,
            "an oracle or a kernel is missing"
        )
    )
    func `predicts a distribution's kernel from its file`() async throws {
        let folder = try TemporaryFolder()
        let initramfs = try folder.write([UInt8](repeating: 7, count: 3 << 20), "initrd")
        let theirs = try await Oracle.python(Self.script, [Self.kernel, initramfs, "quiet", "2048", "q35"])
        let parts = try DirectKernelBoot(
            kernel: PartContent(contentsOf: Self.kernel),
            initramfs: PartContent(contentsOf: initramfs),
            commandLine: "quiet"
        )
        let machine = try MachineConfiguration(memoryInBytes: 2 << 30)
        #expect(Self.lines(try VtpmMeasurement.predict(parts, machine: machine)) == theirs)
        withExtendedLifetime(folder) {}
    }

    @Test func `shows each part in the registers that a verifier compares`() throws {
        let sample = SampleKernel()
        let base = try sample.measured(initramfs: [1], commandLine: "a")
        func changed(_ other: VtpmMeasurement) -> [Int] {
            VtpmMeasurement.registerNumbers.filter { base.registers[$0] != other.registers[$0] }
        }
        #expect(changed(try sample.measured(initramfs: [1], commandLine: "a")) == [])
        #expect(changed(try sample.measured(initramfs: [1], commandLine: "b")) == [9])
        #expect(changed(try sample.measured(initramfs: [2], commandLine: "a")) == [9])
        #expect(changed(try sample.measured(commandLine: "a")) == [4, 9])
        #expect(changed(try SampleKernel(trailer: 8).measured(initramfs: [1], commandLine: "a")) == [4])
        let more = try MachineConfiguration(memoryInBytes: 2 << 30)
        #expect(changed(try sample.measured(initramfs: [1], commandLine: "a", machine: more)) == [4])
        let newer = HostSoftware(kernelHandover: .patched, initrdArgument: .before, secureBootVariable: .off)
        #expect(changed(try sample.measured(initramfs: [1], commandLine: "a", software: newer)) == [1, 9])
        let plain = HostSoftware(kernelHandover: .patched, initrdArgument: .behind, secureBootVariable: .absent)
        #expect(changed(try sample.measured(initramfs: [1], commandLine: "a", software: plain)) == [7])
    }

    @Test func `predicts no register that the host has a part in`() throws {
        let measurement = try SampleKernel().measured()
        #expect(measurement.value(of: 0, in: .sha256) == nil)
        #expect(measurement.value(of: 10, in: .sha256) == nil)
        #expect(VtpmMeasurement.registerNumbers.allSatisfy { measurement.registers[$0] != nil })
    }

    @Test(arguments: ["a\0b", "ä", String(repeating: "x", count: 65_535)])
    func `refuses a command line that firmwares read differently`(commandLine: String) {
        #expect(failure { _ = try SampleKernel().measured(commandLine: commandLine) } == .commandLineInvalid)
    }

    @Test(arguments: [(0, 1), (-1, 1), (4096, 1), ((64 << 20) + 1, 1), (1 << 60, 1), (1 << 30, 0), (1 << 30, 4097)])
    func `refuses a machine that QEMU does not make`(memory: Int, vcpuCount: Int) {
        let code = failure { _ = try MachineConfiguration(memoryInBytes: memory, vcpuCount: vcpuCount) }
        #expect(code == .machineInvalid)
    }

    @Test func `says which file is missing or no file`() throws {
        let folder = try TemporaryFolder()
        let pipe = folder.url.appending(path: "pipe").path
        #expect(unsafe mkfifo(pipe, 0o600) == 0)  // Safe: the path outlives the call.
        #expect(failure { _ = try PartContent(contentsOf: pipe) } == .fileUnreadable)
        #expect(failure { _ = try PartContent(contentsOf: folder.url.path) } == .fileUnreadable)
        #expect(failure { _ = try PartContent(contentsOf: folder.url.path + "/none") } == .fileMissing)
    }

    @Test func `measures a range of a package's file, and notices a file that shrinks`() throws {
        let folder = try TemporaryFolder()
        let kernel = SampleKernel().bytes
        let path = try folder.write([1, 2, 3] + kernel + [4], "package")
        let range = 3..<3 + kernel.count
        let parts = try DirectKernelBoot(
            kernel: PartContent(contentsOf: path, range: range),
            initramfs: nil,
            commandLine: ""
        )
        let machine = try MachineConfiguration(memoryInBytes: 1 << 30)
        let measurement = try VtpmMeasurement.predict(parts, machine: machine)
        #expect(measurement.registers == (try SampleKernel().measured().registers))
        #expect(failure { _ = try PartContent(contentsOf: path, range: 0..<kernel.count + 5) } == .fileUnreadable)
        try FileHandle(forWritingTo: URL(filePath: path)).truncate(atOffset: 600)
        #expect(failure { _ = try VtpmMeasurement.predict(parts, machine: machine) } == .fileChanged)
    }
}
