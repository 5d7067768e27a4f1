import ArgumentParser
import Diagnostics
import LaunchMeasurement

/// The files and the command line that a machine starts from.
struct LaunchFileArguments: ParsableArguments {
    @Option(help: "The kernel, with its EFI stub.", completion: .file())
    var kernel: String?

    @Option(help: "The initial root file system.", completion: .file())
    var initrd: String?

    @Option(help: "The kernel's command line.")
    var append = ""

    /// The parts; nil without a kernel, as a SEV-SNP guest that boots from a disk has none.
    func parts() throws(LaunchMeasurementError) -> DirectKernelBoot? {
        guard let kernel else { return nil }
        let initramfs = try initrd.map { path throws(LaunchMeasurementError) in try PartContent(contentsOf: path) }
        return try DirectKernelBoot(
            kernel: PartContent(contentsOf: kernel),
            initramfs: initramfs,
            commandLine: append
        )
    }
}

/// The configuration of the machine that a launcher chooses.
struct MachineArguments: ParsableArguments {
    @Option(help: "QEMU's machine type: q35 or pc.")
    var machine: MachineConfiguration.Kind = .q35

    @Option(help: "The memory as QEMU takes it: 512m, 2g; a number alone is MiB.")
    var memory = MemorySize(bytes: 1 << 30)

    @Option(help: "How many virtual processors.")
    var vcpus = 1

    /// The configuration; throws for one that QEMU does not accept.
    func configuration() throws(LaunchMeasurementError) -> MachineConfiguration {
        try MachineConfiguration(kind: machine, memoryInBytes: memory.bytes, vcpuCount: vcpus)
    }
}

/// The differences between versions of QEMU and OVMF that change a measurement.
struct HostSoftwareArguments: ParsableArguments {
    @Option(help: "The OVMF image.", completion: .file(extensions: ["fd"]))
    var firmware: String?

    @Option(help: "How QEMU gives the kernel to OVMF: with a patched header, or as stored (newer QEMU and OVMF).")
    var kernelHandover: HostSoftware.KernelHandover = HostSoftware.debian12.kernelHandover

    @Option(help: "Where OVMF puts initrd=initrd: behind the command line, or before it (edk2-stable202508 and later).")
    var initrdArgument: HostSoftware.InitrdArgument = HostSoftware.debian12.initrdArgument

    @Option(help: "The variable SecureBoot: off in an OVMF built with Secure Boot, absent in one without.")
    var secureBootVariable: HostSoftware.SecureBootVariable = HostSoftware.debian12.secureBootVariable

    @Option(help: "How QEMU adds a trust domain's pages: page-by-page, or adds-first (QEMU 8).")
    var tdxPageOrder: TdxMeasurement.PageOrder = .pageByPage

    /// The three differences that change a kernel's measurement.
    var value: HostSoftware {
        HostSoftware(
            kernelHandover: kernelHandover,
            initrdArgument: initrdArgument,
            secureBootVariable: secureBootVariable
        )
    }
}

/// The options for SEV-SNP guests only.
struct SnpArguments: ParsableArguments {
    @Option(help: "The processor that the guest sees, as -cpu has it: EPYC-v4, EPYC-Milan and others.")
    var vcpuType: String?

    @Option(help: "The same as CPUID function 1 has it in EAX, such as 0xa00f11.")
    var vcpuSignature: HexadecimalNumber?

    @Option(help: "Who starts the guest: qemu, ec2 or gce.")
    var hypervisor: SnpLaunch.Hypervisor = .qemu

    @Option(help: "SEV_FEATURES, such as 0x1 for SEV-SNP alone.")
    var guestFeatures = HexadecimalNumber(value: SnpLaunch.snpOnly)

    @Option(help: "The firmware's own digest, instead of its pages: 96 digits.")
    var snpOvmfHash: HexadecimalBytes?

    func validate() throws {
        guard vcpuType == nil || vcpuSignature == nil else {
            throw ValidationError("--vcpu-type and --vcpu-signature say the same; give one.")
        }
        guard (vcpuSignature?.value ?? 0) <= UInt32.max else {
            throw ValidationError("--vcpu-signature takes 32 bits.")
        }
    }

    /// The launch that the options describe.
    func launch(vcpuCount: Int) throws(LaunchMeasurementError) -> SnpLaunch {
        let named = try vcpuType.map { name throws(LaunchMeasurementError) in try VcpuModel(named: name) }
        return try SnpLaunch(
            vcpuCount: vcpuCount,
            vcpu: named ?? vcpuSignature.map { VcpuModel(signature: UInt32(truncatingIfNeeded: $0.value)) },
            hypervisor: hypervisor,
            guestFeatures: guestFeatures.value
        )
    }
}

/// A memory size in the syntax of QEMU's `-m`.
struct MemorySize: ExpressibleByArgument {
    let bytes: Int

    init(bytes: Int) {
        self.bytes = bytes
    }

    init?(argument: String) {
        let shifts: [Character: Int] = ["b": 0, "k": 10, "m": 20, "g": 30, "t": 40]
        let suffix = argument.last.flatMap { shifts[Character($0.lowercased())] }
        let digits = suffix == nil ? argument[...] : argument.dropLast()
        guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = Int(digits), number <= Int.max >> (suffix ?? 20)
        else { return nil }
        bytes = number << (suffix ?? 20)
    }

    var defaultValueDescription: String { bytes % (1 << 30) == 0 ? "\(bytes >> 30)g" : "\(bytes >> 20)m" }
}

/// A number with or without `0x`.
struct HexadecimalNumber: ExpressibleByArgument {
    let value: UInt64

    init(value: UInt64) {
        self.value = value
    }

    init?(argument: String) {
        let isHexadecimal = argument.lowercased().hasPrefix("0x")
        guard let value = UInt64(isHexadecimal ? argument.dropFirst(2) : argument[...], radix: isHexadecimal ? 16 : 10)
        else { return nil }
        self.value = value
    }

    var defaultValueDescription: String { "0x" + String(value, radix: 16) }
}

/// Bytes as hexadecimal digits.
struct HexadecimalBytes: ExpressibleByArgument {
    let bytes: [UInt8]

    init?(argument: String) {
        guard let bytes = Hexadecimal.bytes(argument) else { return nil }
        self.bytes = bytes
    }
}

extension MachineConfiguration.Kind: ExpressibleByArgument {}
extension HostSoftware.KernelHandover: ExpressibleByArgument {}
extension HostSoftware.InitrdArgument: ExpressibleByArgument {}
extension HostSoftware.SecureBootVariable: ExpressibleByArgument {}
extension TdxMeasurement.PageOrder: ExpressibleByArgument {}
extension SnpLaunch.Hypervisor: ExpressibleByArgument {}
