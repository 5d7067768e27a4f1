import Machine
import PackageManifest
import Testing

struct QemuCommandLineTests {
    private static func machine(_ platform: Platform, _ accelerator: Accelerator) -> MachineDescription {
        var machine = MachineDescription(
            name: "oracle",
            platform: platform,
            accelerator: accelerator,
            programs: HostPrograms(
                qemu: "/usr/bin/qemu-system-x86_64",
                swtpm: "/usr/bin/swtpm",
                firmware: "/fw/OVMF.fd"
            ),
            commandLine: "panic=-1 adyton.root=1:2:ab:-"
        )
        machine.memoryInMebibytes = 512
        machine.processors = 2
        machine.disks = [
            MachineDescription.Disk(offset: 4096, size: 8192), MachineDescription.Disk(offset: 16384, size: 4096),
        ]
        machine.network = MachineDescription.Network(ports: [
            MachineDescription.Port(hostPort: 28080, guestPort: 8080),
            MachineDescription.Port(hostAddress: "0.0.0.0", hostPort: 443, guestPort: 8443),
        ])
        return machine
    }

    /// The words that a platform and an accelerator choose, between what all have in common.
    private static let platformWords: [(Platform, Accelerator, String)] = [
        (
            .vtpm, .tcg,
            "-machine q35 -accel tcg,thread=single -cpu max -chardev socket,id=tpm,fd=6 "
                + "-tpmdev emulator,id=tpm0,chardev=tpm -device tpm-crb,tpmdev=tpm0"
        ),
        (
            .vtpm, .kvm,
            "-machine q35 -accel kvm -cpu host -chardev socket,id=tpm,fd=6 "
                + "-tpmdev emulator,id=tpm0,chardev=tpm -device tpm-crb,tpmdev=tpm0"
        ),
        (
            .snp, .kvm,
            "-machine q35,confidential-guest-support=cgs0,memory-backend=ram0,vmport=off -accel kvm -cpu EPYC-v4 "
                + "-object memory-backend-memfd,id=ram0,size=512M,share=true,prealloc=false "
                + "-object sev-snp-guest,id=cgs0,policy=0x30000,cbitpos=47,reduced-phys-bits=5,kernel-hashes=on"
        ),
        (
            .tdx, .kvm,
            "-machine q35,kernel-irqchip=split,confidential-guest-support=cgs0,memory-backend=ram0,hpet=off "
                + "-accel kvm -cpu host -object memory-backend-memfd,id=ram0,size=512M,share=true,prealloc=false "
                + "-object tdx-guest,id=cgs0"
        ),
    ]

    @Test(arguments: platformWords)
    func `the command line is this, word for word`(platform: Platform, accelerator: Accelerator, words: String) {
        var processor = MemoryEncryption()
        processor.encryptionBit = 47
        processor.lostAddressBits = 5
        let virtio = ",romfile=" + (platform == .vtpm ? "" : ",disable-legacy=on,iommu_platform=on")
        let expected = """
            -name oracle -nodefaults -no-user-config -display none -no-reboot \
            -sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny \
            \(words) -smp 2 -m 512 -bios /fw/OVMF.fd \
            -kernel /proc/self/fd/7 -initrd /proc/self/fd/8 -append 'panic=-1 adyton.root=1:2:ab:-' \
            -chardev socket,id=monitor,fd=3 -mon chardev=monitor,mode=control \
            -device virtio-serial-pci,max_ports=2\(virtio) \
            -chardev socket,id=control,fd=4 -device virtserialport,chardev=control,name=adyton.control \
            -add-fd fd=9,set=1 \
            -blockdev driver=raw,node-name=disk0,read-only=on,offset=4096,size=8192,\
            file.driver=file,file.filename=/dev/fdset/1 -device virtio-blk-pci,drive=disk0\(virtio) \
            -add-fd fd=10,set=2 \
            -blockdev driver=raw,node-name=disk1,read-only=on,offset=16384,size=4096,\
            file.driver=file,file.filename=/dev/fdset/2 -device virtio-blk-pci,drive=disk1\(virtio) \
            -netdev user,id=net0,restrict=on,ipv6=off,hostfwd=tcp:127.0.0.1:28080-:8080,\
            hostfwd=tcp:0.0.0.0:443-:8443 -device virtio-net-pci,netdev=net0\(virtio)
            """
        let line = QemuCommandLine(Self.machine(platform, accelerator), processor: processor)
        #expect(line.shellText(program: "qemu") == "qemu " + expected)
    }

    @Test func `a thread for each processor has to be asked for, and KVM does not know it`() {
        var machine = Self.machine(.vtpm, .tcg)
        machine.hasThreadPerProcessor = true
        #expect(QemuCommandLine(machine).arguments.contains("tcg,thread=multi"))
        machine.accelerator = .kvm
        #expect(!QemuCommandLine(machine).arguments.contains { $0.contains("thread") })
    }

    @Test func `only a debug machine has a serial line`() {
        var machine = Self.machine(.vtpm, .tcg)
        #expect(!QemuCommandLine(machine).arguments.contains("-serial"))
        machine.isDebug = true
        let words = QemuCommandLine(machine).arguments
        #expect(words.contains("socket,id=console,fd=5"))
        #expect(words.contains("chardev:console"))
    }

    @Test func `a machine without a network has no interface, and a way out has to be asked for`() {
        var machine = Self.machine(.vtpm, .tcg)
        machine.network = nil
        #expect(!QemuCommandLine(machine).arguments.contains { $0.contains("net") })
        machine.network = MachineDescription.Network(isOutboundAllowed: true)
        #expect(QemuCommandLine(machine).arguments.contains("user,id=net0,restrict=off,ipv6=off"))
    }

    @Test func `a shell reads back every word`() {
        var machine = Self.machine(.vtpm, .tcg)
        machine.commandLine = "it's $HOME `x` \"y\" \\ é"
        #expect(
            QemuCommandLine(machine).shellText(program: "q").contains(#"-append 'it'\''s $HOME `x` "y" \ é' "#)
        )
    }
}
