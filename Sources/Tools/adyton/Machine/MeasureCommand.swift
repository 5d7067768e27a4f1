import ArgumentParser
import EnclavePackage
import LaunchMeasurement

/// `adyton measure`: the reference values of a launch.
struct MeasureCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "measure",
        abstract: "Compute from the files alone what a platform will report.",
        discussion: """
            Nothing is started, and it comes out the same on every computer.

            vtpm  a TPM's registers under QEMU and OVMF; the first is the host's
            snp   SEV-SNP's launch digest; needs --firmware and --vcpu-type
            tdx   MRTD and the runtime registers, as far as files determine them;
                  needs --firmware

            Memory, machine type and the versions of QEMU and OVMF count; the
            defaults are Debian 12's.

            Of a package everything is verified first, and its own reference values are
            compared. --from-directory builds it anew and compares the two. --from-source
            builds process 1, gateway, server and PyTorch engine from a clean clone of
            Adyton's sources, and compares them with the package's; without a package,
            with those of this installation. Exits with 1 at a difference, and names the
            first by section and symbol.

            EXAMPLE
              adyton measure app.adyton
              adyton measure app.adyton --from-directory appdir --owner 0:0
              adyton measure app.adyton --from-source ~/adyton
              adyton measure --kernel vmlinuz --initrd init.cpio --memory 2g
              adyton measure --platform snp --kernel vmlinuz --initrd init.cpio \\
                --firmware OVMF.amdsev.fd --vcpus 4 --vcpu-type EPYC-v4 --json
            """
    )

    @Argument(help: "A package, which says all but the firmware; or nothing, and files below.")
    var package: String?

    @OptionGroup(title: "A package built anew")
    var source: SourceArguments

    @Option(help: "What will report: vtpm, snp or tdx.")
    var platform: MeasuredPlatform = .vtpm

    @OptionGroup(title: "What is started")
    var files: LaunchFileArguments

    @OptionGroup(title: "The machine")
    var machine: MachineArguments

    @OptionGroup(title: "The host's software")
    var software: HostSoftwareArguments

    @OptionGroup(title: "SEV-SNP")
    var snp: SnpArguments

    @Flag(help: "Print one JSON document.")
    var json = false

    func validate() throws {
        if package != nil {
            guard files.kernel == nil, files.initrd == nil, files.append.isEmpty else {
                throw ValidationError("A package brings its own kernel, initramfs and command line.")
            }
            return
        }
        guard source.fromDirectory == nil else { throw ValidationError("--from-directory needs a package.") }
        guard source.fromSource == nil else {
            guard files.kernel == nil, files.initrd == nil, files.append.isEmpty else {
                throw ValidationError("--from-source compares programs; give it a package, or no files.")
            }
            return
        }
        switch platform {
        case .vtpm where software.firmware != nil:
            throw ValidationError("--firmware is for snp and tdx: of a TPM only the first register follows from it.")
        case .snp where software.firmware == nil, .tdx where software.firmware == nil:
            throw ValidationError("--platform \(platform.rawValue) needs --firmware.")
        case .vtpm where files.kernel == nil, .tdx where files.kernel == nil:
            throw ValidationError("--platform \(platform.rawValue) needs --kernel.")
        default: break
        }
        if files.kernel == nil, files.initrd != nil || !files.append.isEmpty {
            throw ValidationError("--initrd and --append need --kernel.")
        }
    }

    func run() async throws {
        if let package {
            return try await PackageMeasurement(path: package, source: source, json: json).run(measurer())
        }
        if source.fromSource != nil { return try await InstallationComparison(source: source, json: json).run() }
        let report = try measured()
        try printResult(json ? try report.json() : report.text)
    }

    /// What is known of the platforms; a firmware is that of the platform that was asked for.
    private func measurer() -> ReferenceMeasurer {
        var measurer = ReferenceMeasurer()
        measurer.software = software.value
        if platform == .snp { measurer.snpFirmware = software.firmware }
        if platform == .tdx { measurer.tdxFirmware = software.firmware }
        if let name = snp.vcpuType { measurer.snpProcessor = name }
        return measurer
    }

    private func measured() throws(LaunchMeasurementError) -> MeasureReport {
        let parts = try files.parts()
        let configuration = try machine.configuration()
        if platform == .vtpm, let parts {
            return MeasureReport(try VtpmMeasurement.predict(parts, machine: configuration, software: software.value))
        }
        guard let path = software.firmware else {
            // `validate` has refused this.
            throw LaunchMeasurementError(.fileMissing, subject: "firmware")
        }
        let firmware = try FirmwareImage(PartContent(contentsOf: path))
        if platform == .tdx, let parts {
            let measurement = try TdxMeasurement.compute(
                firmware: firmware,
                parts: parts,
                machine: configuration,
                software: software.value,
                order: software.tdxPageOrder
            )
            return MeasureReport(measurement)
        }
        let digest = try SnpLaunchDigest.compute(
            firmware: firmware,
            parts: parts,
            launch: try snp.launch(vcpuCount: configuration.vcpuCount),
            firmwareDigest: snp.snpOvmfHash?.bytes
        )
        return MeasureReport(digest, firmwareDigest: SnpLaunchDigest.firmwareDigest(of: firmware))
    }
}

/// The platforms whose reports can be computed.
enum MeasuredPlatform: String, ExpressibleByArgument, CaseIterable {
    case vtpm
    case snp
    case tdx
}
