/// The predicted measurement registers of a TDX quote after QEMU and OVMF have started a kernel.
package struct TdxMeasurement: Sendable {
    /// The order in which QEMU adds and measures a section's pages.
    package enum PageOrder: String, Sendable, CaseIterable {
        /// Each page is added and measured before the next: Linux with `KVM_TDX_INIT_MEM_REGION`, so QEMU 9 and later.
        case pageByPage = "page-by-page"
        /// All pages of a section are added, then all are measured: QEMU 8 with the TDX patches of its time.
        case addsFirst = "adds-first"
    }

    private static let hostTables =
        "the host writes the list of memory and the ACPI tables; judge them by the event log (CCEL)"

    /// MRTD, 48 bytes.
    package let buildDigest: [UInt8]
    /// RTMR0 to RTMR3 when the kernel takes over, without later extensions by the guest.
    package let runtimeRegisters: [RegisterPrediction]

    /// Computes the registers from the files.
    ///
    /// - Parameters:
    ///   - firmware: An OVMF image with TDX metadata.
    ///   - parts: Kernel, initramfs and command line.
    ///   - machine: The machine, whose memory determines the initramfs's address.
    ///   - software: The versions of QEMU and OVMF.
    ///   - order: The order in which QEMU adds and measures pages.
    /// - Returns: All registers; RTMR0 is known only in part.
    /// - Throws: `measure.tdx-metadata-missing`, `measure.tdx-metadata-invalid`, and errors of the kernel's parsers.
    package static func compute(
        firmware: FirmwareImage,
        parts: DirectKernelBoot,
        machine: MachineConfiguration,
        software: HostSoftware,
        order: PageOrder = .pageByPage
    ) throws(LaunchMeasurementError) -> TdxMeasurement {
        let metadata = try TdvfMetadata(firmware)
        var build = BuildMeasurement(firmware, order: order)
        let loaded = try LoadedKernel(parts, machine: machine, software: software)
        return TdxMeasurement(
            buildDigest: build.digest(of: metadata.sections),
            runtimeRegisters: [
                .partly(firmwareEvents(firmware, metadata, software), because: hostTables),
                .determined(kernelRegister(image: loaded.image)),
                .determined(MeasuredRegister(loaded.arguments)),
                .determined(MeasuredRegister([])),
            ]
        )
    }

    /// RTMR1 computed from the kernel's digest, which an event log contains too.
    ///
    /// - Parameter image: The kernel's event.
    /// - Returns: The register after the kernel has left the boot services.
    package static func kernelRegister(image: MeasuredEvent) -> MeasuredRegister {
        MeasuredRegister([image, OvmfEvents.bootAttempt, OvmfEvents.separator] + OvmfEvents.exits)
    }

    /// RTMR0's events in order.
    private static func firmwareEvents(
        _ firmware: FirmwareImage,
        _ metadata: TdvfMetadata,
        _ software: HostSoftware
    ) -> [RegisterPrediction.Event] {
        var events: [RegisterPrediction.Event] = [.decidedByHost("the list of memory (TD HOB)")]
        events += metadata.sections.filter { $0.type == TdvfMetadata.variablesType }.map {
            .determined(MeasuredEvent("variables (CFV)", bytes: Array(firmware.bytes[$0.content])))
        }
        events += OvmfEvents.secureBoot(software.secureBootVariable).map { .determined($0) }
        events += [
            .determined(OvmfEvents.separator),
            .decidedByHost("ACPI table loader"), .decidedByHost("ACPI root pointer"), .decidedByHost("ACPI tables"),
        ]
        switch software.initrdArgument {
        case .behind: events += OvmfEvents.bootOptions.map { .determined($0) }
        case .before: events.append(.decidedByHost("boot options, which were not tried with a newer OVMF"))
        }
        return events
    }
}
