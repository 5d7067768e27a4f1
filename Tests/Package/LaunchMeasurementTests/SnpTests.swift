import Diagnostics
import Foundation
import LaunchMeasurement
import TestSupport
import Testing

@Suite struct SnpTests {
    private static let folder = "snp-measure/sev-snp-measure/"
    private static let areReady = PublicEvidence.isReady(folder + "snp_launch_digests.json")

    private static func file(_ name: String) throws -> URL {
        try #require(PublicEvidence.file(folder + name))
    }

    @Test(.enabled(if: areReady, "\(PublicEvidence.absence)"))
    func `recomputes every published digest`() throws {
        #expect(try SnpVectors.answer(["json": Self.file("snp_launch_digests.json")]) == 16)
    }

    @Test(.enabled(if: areReady, "\(PublicEvidence.absence)"))
    func `refuses a kernel that the firmware would not compare`() throws {
        let file = try Self.file("ovmf_OvmfX64_suffix.bin")
        #expect(failure { _ = try SnpVectors.answer(["ovmf": file]) } == .kernelHashesUnsupported)
    }

    @Test(.enabled(if: areReady, "\(PublicEvidence.absence)"))
    func `refuses a list with one digit changed`() throws {
        let folder = try TemporaryFolder()
        for name in ["ovmf_AmdSev_suffix.bin", "ovmf_OvmfX64_suffix.bin"] {
            try FileManager.default.copyItem(at: Self.file(name), to: folder.url.appending(path: name))
        }
        let list = try String(contentsOf: Self.file("snp_launch_digests.json"), encoding: .utf8)
        let url = folder.url.appending(path: "list.json")
        try list.write(to: url, atomically: true, encoding: .utf8)
        #expect(try SnpVectors.answer(["json": url]) == 16)
        try list.replacing("0ce9ccc0", with: "0ce9ccc1").write(to: url, atomically: true, encoding: .utf8)
        #expect(failure { _ = try SnpVectors.answer(["json": url]) } == .vectorMismatch)
        try list.replacing("ovmf_AmdSev", with: "../ovmf_AmdSev").write(to: url, atomically: true, encoding: .utf8)
        #expect(failure { _ = try SnpVectors.answer(["json": url]) } == .vectorInvalid)
        try "[{}]".write(to: url, atomically: true, encoding: .utf8)
        #expect(failure { _ = try SnpVectors.answer(["json": url]) } == .vectorInvalid)
        #expect(failure { _ = try SnpVectors.answer([:]) } == .vectorInvalid)
    }

    private static let kernel = SampleKernel().bytes

    static func digest(
        _ firmware: [UInt8],
        vcpus: Int = 2,
        vcpu: String = "EPYC-v4",
        hypervisor: SnpLaunch.Hypervisor = .qemu,
        features: UInt64 = 1,
        initramfs: [UInt8]? = [1, 2, 3],
        commandLine: String? = "console=ttyS0"
    ) throws -> SnpLaunchDigest {
        let parts = try commandLine.map {
            try DirectKernelBoot(
                kernel: PartContent(kernel, name: "kernel"),
                initramfs: initramfs.map { PartContent($0, name: "initramfs") },
                commandLine: $0
            )
        }
        return try SnpLaunchDigest.compute(
            firmware: SampleFirmware.image(firmware),
            parts: parts,
            launch: SnpLaunch(
                vcpuCount: vcpus,
                vcpu: VcpuModel(named: vcpu),
                hypervisor: hypervisor,
                guestFeatures: features
            )
        )
    }

    private static let tool = OutsideTool(
        executable: ProjectFolder.dependencies.appending(path: "python/bin/sev-snp-measure")
    )
    private static let launches: [(hypervisor: SnpLaunch.Hypervisor, vcpus: Int, features: UInt64, append: String?)] = [
        (.qemu, 1, 1, "console=ttyS0"), (.qemu, 5, 0x21, "quiet"), (.qemu, 2, 1, nil), (.qemu, 1, 1, ""),
        (.ec2, 1, 1, "quiet"), (.ec2, 3, 0x21, nil), (.gce, 1, 1, "quiet"), (.gce, 4, 1, nil),
    ]

    @Test(.enabled(if: tool.isReady, "sev-snp-measure is missing"), arguments: launches.indices)
    func `computes what sev-snp-measure computes`(index: Int) async throws {
        let launch = Self.launches[index]
        let folder = try TemporaryFolder()
        let firmware = SampleFirmware().bytes
        let names: [SnpLaunch.Hypervisor: String] = [.qemu: "QEMU", .ec2: "ec2", .gce: "gce"]
        var arguments = [
            "--mode", "snp", "--vcpus", "\(launch.vcpus)", "--vcpu-type", "EPYC-Genoa", "--guest-features",
            "\(launch.features)", "--vmm-type", try #require(names[launch.hypervisor]), "--ovmf",
            try folder.write(firmware, "ovmf"),
        ]
        if let append = launch.append {
            arguments += ["--kernel", try folder.write(Self.kernel, "kernel"), "--initrd"]
            arguments += [try folder.write([1, 2, 3], "initrd"), "--append", append]
        }
        let output = try await Self.tool.run(arguments)
        let ours = try Self.digest(
            firmware,
            vcpus: launch.vcpus,
            vcpu: "EPYC-Genoa",
            hypervisor: launch.hypervisor,
            features: launch.features,
            commandLine: launch.append
        )
        #expect(String(decoding: output.standardOutput, as: UTF8.self) == Hexadecimal.text(ours.bytes) + "\n")
    }

    @Test(.enabled(if: tool.isReady, "sev-snp-measure is missing"))
    func `takes the firmware's own digest in its place`() async throws {
        let folder = try TemporaryFolder()
        let firmware = SampleFirmware().bytes
        let output = try await Self.tool.run(["--mode", "snp:ovmf-hash", "--ovmf", try folder.write(firmware, "ovmf")])
        let image = try SampleFirmware.image(firmware)
        let digest = SnpLaunchDigest.firmwareDigest(of: image)
        #expect(String(decoding: output.standardOutput, as: UTF8.self) == Hexadecimal.text(digest) + "\n")
        let launch = try SnpLaunch(vcpuCount: 1, vcpu: VcpuModel(named: "EPYC"))
        let whole = try SnpLaunchDigest.compute(firmware: image, parts: nil, launch: launch)
        let suffix = try SampleFirmware.image(Array(firmware.suffix(4096)))
        let short = try SnpLaunchDigest.compute(firmware: suffix, parts: nil, launch: launch, firmwareDigest: digest)
        #expect(whole == short)
        let code = failure {
            _ = try SnpLaunchDigest.compute(firmware: image, parts: nil, launch: launch, firmwareDigest: [1])
        }
        #expect(code == .digestInvalid)
    }

    @Test(.enabled(if: OutsideTool.python.isReady, "Python is missing"))
    func `knows the processors that sev-snp-measure knows`() async throws {
        let script = """
            from sevsnpmeasure.vcpu_types import CPU_SIGS
            for name, signature in CPU_SIGS.items(): print(name, signature)
            """
        let lines = try await Oracle.python(script).split(separator: "\n")
        #expect(lines.count >= 16)
        for line in lines {
            let fields = line.split(separator: " ")
            #expect("\(try VcpuModel(named: String(fields[0])).signature)" == fields[1], "\(fields[0])")
        }
    }

    @Test func `names the processors it knows where it does not know one`() throws {
        do {
            _ = try VcpuModel(named: "EPYC-Nobody")
            Issue.record("an unknown processor passed")
        } catch {
            #expect(error.code == .vcpuTypeUnknown)
            #expect(error.expected?.contains("EPYC-Milan-v2") == true)
            #expect(error.found == "EPYC-Nobody")
        }
        #expect(failure { _ = try SnpLaunch(vcpuCount: 1, vcpu: nil) } == .vcpuTypeMissing)
        #expect(failure { _ = try SnpLaunch(vcpuCount: 0, vcpu: nil, hypervisor: .gce) } == .machineInvalid)
    }

    @Test func `shows every input in the digest`() throws {
        let firmware = SampleFirmware().bytes
        let digests = [
            try Self.digest(firmware), try Self.digest(firmware, vcpus: 3),
            try Self.digest(firmware, vcpu: "EPYC-Rome"),
            try Self.digest(firmware, hypervisor: .ec2), try Self.digest(firmware, hypervisor: .gce),
            try Self.digest(firmware, features: 0x21), try Self.digest(firmware, initramfs: [1, 2]),
            try Self.digest(firmware, commandLine: "quiet"), try Self.digest(firmware, commandLine: nil),
        ]
        #expect(Set(digests.map(\.bytes)).count == digests.count)
    }
}
