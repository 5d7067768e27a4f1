import GuestInterface
import PackageManifest

/// QEMU's arguments for a machine.
///
/// Every file and channel is a descriptor that QEMU inherits, so no path has to be resolved or removed. Everything that
/// a measurement depends on (machine type, firmware, kernel, command line, memory and the order of devices) is in one
/// function and always in the same order.
package struct QemuCommandLine: Equatable, Sendable {
    /// The descriptor numbers that QEMU inherits.
    package enum FileNumber {
        /// QEMU's monitor (QMP).
        package static let monitor: Int32 = 3
        /// The control channel between host and guest.
        package static let control: Int32 = 4
        /// The guest's console; closed for none.
        package static let console: Int32 = 5
        /// The software TPM's control channel; closed for none.
        package static let tpm: Int32 = 6
        /// The kernel.
        package static let kernel: Int32 = 7
        /// The initial file system.
        package static let initialFileSystem: Int32 = 8
        /// The first disk; the others have the next numbers.
        package static let firstDisk: Int32 = 9
    }

    /// The arguments after the program's own name.
    package let arguments: [String]

    /// Creates the arguments for a machine.
    ///
    /// - Parameters:
    ///   - machine: The machine to start.
    ///   - processor: The host processor's memory encryption; used for SEV-SNP only.
    package init(_ machine: MachineDescription, processor: MemoryEncryption = MemoryEncryption()) {
        var words = ["-name", machine.name, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"]
        words += ["-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"]
        words += Self.platform(machine, processor)
        words += ["-smp", "\(machine.processors)", "-m", "\(machine.memoryInMebibytes)"]
        words += ["-bios", machine.programs.firmware]
        words += ["-kernel", "/proc/self/fd/\(FileNumber.kernel)"]
        words += ["-initrd", "/proc/self/fd/\(FileNumber.initialFileSystem)", "-append", machine.commandLine]
        words += Self.channels(machine)
        words += Self.disks(machine)
        words += Self.network(machine)
        arguments = words
    }

    private static func platform(_ machine: MachineDescription, _ processor: MemoryEncryption) -> [String] {
        let memory = "\(machine.memoryInMebibytes)M"
        switch machine.platform {
        case .vtpm:
            let emulation = "tcg,thread=" + (machine.hasThreadPerProcessor ? "multi" : "single")
            return [
                "-machine", "q35",
                "-accel", machine.accelerator == .kvm ? "kvm" : emulation,
                "-cpu", machine.accelerator == .kvm ? "host" : "max",
                "-chardev", "socket,id=tpm,fd=\(FileNumber.tpm)",
                "-tpmdev", "emulator,id=tpm0,chardev=tpm",
                "-device", "tpm-crb,tpmdev=tpm0",
            ]
        case .snp:
            return [
                "-machine", "q35,confidential-guest-support=cgs0,memory-backend=ram0,vmport=off",
                "-accel", "kvm", "-cpu", "EPYC-v4",
                "-object", "memory-backend-memfd,id=ram0,size=\(memory),share=true,prealloc=false",
                "-object",
                "sev-snp-guest,id=cgs0,policy=0x30000,cbitpos=\(processor.encryptionBit),"
                    + "reduced-phys-bits=\(processor.lostAddressBits),kernel-hashes=on",
            ]
        case .tdx:
            return [
                "-machine", "q35,kernel-irqchip=split,confidential-guest-support=cgs0,memory-backend=ram0,hpet=off",
                "-accel", "kvm", "-cpu", "host",
                "-object", "memory-backend-memfd,id=ram0,size=\(memory),share=true,prealloc=false",
                "-object", "tdx-guest,id=cgs0",
            ]
        }
    }

    private static func channels(_ machine: MachineDescription) -> [String] {
        var words = ["-chardev", "socket,id=monitor,fd=\(FileNumber.monitor)", "-mon", "chardev=monitor,mode=control"]
        words += ["-device", "virtio-serial-pci,max_ports=2" + suffix(machine)]
        words += ["-chardev", "socket,id=control,fd=\(FileNumber.control)"]
        words += ["-device", "virtserialport,chardev=control,name=\(ControlEvent.portName)"]
        if machine.isDebug {
            words += ["-chardev", "socket,id=console,fd=\(FileNumber.console)", "-serial", "chardev:console"]
        }
        return words
    }

    private static func disks(_ machine: MachineDescription) -> [String] {
        machine.disks.enumerated().flatMap { index, disk in
            [
                "-add-fd", "fd=\(FileNumber.firstDisk + Int32(index)),set=\(index + 1)",
                "-blockdev",
                "driver=raw,node-name=disk\(index),read-only=on,offset=\(disk.offset),size=\(disk.size),"
                    + "file.driver=file,file.filename=/dev/fdset/\(index + 1)",
                "-device", "virtio-blk-pci,drive=disk\(index)" + suffix(machine),
            ]
        }
    }

    private static func network(_ machine: MachineDescription) -> [String] {
        guard let network = machine.network else { return [] }
        let ports = network.ports.map { ",hostfwd=tcp:\($0.hostAddress):\($0.hostPort)-:\($0.guestPort)" }.joined()
        let restrict = network.isOutboundAllowed ? "off" : "on"
        return [
            "-netdev", "user,id=net0,restrict=\(restrict),ipv6=off" + ports,
            "-device", "virtio-net-pci,netdev=net0" + suffix(machine),
        ]
    }

    /// No option ROM, which would be measured; with encrypted memory, DMA through explicitly shared pages only.
    private static func suffix(_ machine: MachineDescription) -> String {
        ",romfile=" + (machine.platform.isConfidential ? ",disable-legacy=on,iommu_platform=on" : "")
    }

    /// The command line for a shell.
    ///
    /// - Parameter program: The program's path.
    /// - Returns: One line, with quotes where a shell needs them.
    package func shellText(program: String) -> String {
        ([program] + arguments).map(Self.quoted).joined(separator: " ")
    }

    private static func quoted(_ word: String) -> String {
        let isPlain = word.unicodeScalars.allSatisfy {
            $0.isASCII
                && ($0.properties.isAlphabetic || ("0"..."9").contains($0) || "-_=+,./:%@".unicodeScalars.contains($0))
        }
        return isPlain && !word.isEmpty
            ? word
            : "'"
                + word.split(separator: "'", omittingEmptySubsequences: false)
                .joined(separator: "'\\''") + "'"
    }
}

/// The software TPM's arguments: its state is a file in memory, which is freed with the machine.
package enum SoftwareTPM {
    /// The TPM's descriptor number of its state.
    package static let stateFile: Int32 = 3
    /// The TPM's descriptor number of its control channel.
    package static let control: Int32 = 4

    /// The arguments after the program's own name.
    package static let arguments = [
        "socket", "--tpm2", "--tpmstate", "backend-uri=file:///proc/self/fd/\(stateFile)",
        "--ctrl", "type=unixio,clientfd=\(control)", "--flags", "startup-clear",
    ]
}
