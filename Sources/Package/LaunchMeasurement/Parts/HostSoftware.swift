/// The differences between versions of QEMU and OVMF that a measurement shows.
package struct HostSoftware: Sendable, Equatable {
    /// How QEMU gives a kernel to the firmware.
    package enum KernelHandover: String, Sendable, CaseIterable {
        /// With the setup header as a boot loader fills it in, so that memory and the initramfs' size count too.
        case patched
        /// As it is in its file, which needs a QEMU and an OVMF that know `etc/boot/kernel`.
        case stored
    }

    /// Where OVMF puts `initrd=initrd`.
    package enum InitrdArgument: String, Sendable, CaseIterable {
        /// Behind the command line: OVMF up to edk2-stable202505.
        case behind
        /// Before the command line: later OVMF.
        case before
    }

    /// Whether the firmware has a variable `SecureBoot` when nobody has enrolled a key.
    package enum SecureBootVariable: String, Sendable, CaseIterable {
        /// It is there and zero: OVMF that was built with Secure Boot.
        case off
        /// It is not there: OVMF that was built without.
        case absent
    }

    /// How QEMU gives a kernel to the firmware.
    package let kernelHandover: KernelHandover
    /// Where OVMF puts `initrd=initrd`.
    package let initrdArgument: InitrdArgument
    /// Whether the firmware has a variable `SecureBoot`.
    package let secureBootVariable: SecureBootVariable

    /// QEMU 7.2 with `OVMF.fd` 2022.11, as in Debian 12.
    package static let debian12 = HostSoftware(
        kernelHandover: .patched,
        initrdArgument: .behind,
        secureBootVariable: .off
    )

    /// - Parameters:
    ///   - kernelHandover: How QEMU gives a kernel to the firmware.
    ///   - initrdArgument: Where OVMF puts `initrd=initrd`.
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
