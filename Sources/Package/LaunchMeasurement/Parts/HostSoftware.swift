/// The differences between versions of QEMU and OVMF that change a measurement.
package struct HostSoftware: Sendable, Equatable {
    /// How QEMU passes a kernel to the firmware.
    package enum KernelHandover: String, Sendable, CaseIterable {
        /// With the setup header patched as a boot loader does, so that memory size and initramfs size affect the
        /// measurement.
        case patched
        /// Unmodified, which requires a QEMU and an OVMF that support `etc/boot/kernel`.
        case stored
    }

    /// Where OVMF adds `initrd=initrd` to the command line.
    package enum InitrdArgument: String, Sendable, CaseIterable {
        /// After the command line: OVMF up to edk2-stable202505.
        case behind
        /// Before the command line: later OVMF.
        case before
    }

    /// Whether the firmware has a variable `SecureBoot` when no key is enrolled.
    package enum SecureBootVariable: String, Sendable, CaseIterable {
        /// The variable exists and is zero: OVMF that was built with Secure Boot.
        case off
        /// The variable does not exist: OVMF that was built without Secure Boot.
        case absent
    }

    /// How QEMU passes a kernel to the firmware.
    package let kernelHandover: KernelHandover
    /// Where OVMF adds `initrd=initrd` to the command line.
    package let initrdArgument: InitrdArgument
    /// Whether the firmware has a variable `SecureBoot`.
    package let secureBootVariable: SecureBootVariable

    /// QEMU 7.2 with `OVMF.fd` 2022.11, as in Debian 12.
    package static let debian12 = HostSoftware(
        kernelHandover: .patched,
        initrdArgument: .behind,
        secureBootVariable: .off
    )

    /// Creates a description.
    ///
    /// - Parameters:
    ///   - kernelHandover: How QEMU passes a kernel to the firmware.
    ///   - initrdArgument: Where OVMF adds `initrd=initrd`.
    ///   - secureBootVariable: Whether the firmware has a variable `SecureBoot`.
    package init(
        kernelHandover: KernelHandover,
        initrdArgument: InitrdArgument,
        secureBootVariable: SecureBootVariable
    ) {
        self.kernelHandover = kernelHandover
        self.initrdArgument = initrdArgument
        self.secureBootVariable = secureBootVariable
    }
}
