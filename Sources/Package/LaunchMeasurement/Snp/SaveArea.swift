/// The initial register state of a virtual processor, as the hypervisor writes it to the save area (VMSA).
///
/// Layout: AMD64 Architecture Programmer's Manual, volume 2, table B-4. All other fields are zero.
struct SaveArea {
    /// The hypervisor; some registers differ between hypervisors.
    private let hypervisor: SnpLaunch.Hypervisor
    private let vcpu: UInt32
    private let features: UInt64

    /// The instruction pointer of the first processor.
    static let resetVector: UInt32 = 0xffff_fff0

    /// Creates a save area.
    ///
    /// - Parameters:
    ///   - hypervisor: The hypervisor, which determines some registers.
    ///   - vcpu: The processor's CPUID signature; measured under QEMU only.
    ///   - features: `SEV_FEATURES` (the same manual, 15.34).
    init(hypervisor: SnpLaunch.Hypervisor, vcpu: UInt32, features: UInt64) {
        self.hypervisor = hypervisor
        self.vcpu = vcpu
        self.features = features
    }

    /// Encodes the page of a processor with an initial instruction pointer.
    func page(instructionPointer: UInt32) -> [UInt8] {
        var page = [UInt8](repeating: 0, count: FirmwareImage.pageSize)
        setSegments(in: &page, instructionPointer)
        page.set(UInt64(0x1000), at: 0x0d0)  // EFER: SVME
        page.set(UInt64(0x40), at: 0x148)  // CR4: MCE
        page.set(UInt64(0x10), at: 0x158)  // CR0: ET
        page.set(UInt64(0x400), at: 0x160)  // DR7
        page.set(UInt64(0xffff_0ff0), at: 0x168)  // DR6
        page.set(UInt64(2), at: 0x170)  // RFLAGS
        page.set(UInt64(instructionPointer & 0xffff), at: 0x178)
        page.set(hypervisor == .gce ? 0x0007_0106 : UInt64(0x0007_0406_0007_0406), at: 0x268)  // PAT
        page.set(UInt64(hypervisor == .qemu ? vcpu : 0x600), at: 0x310)  // RDX
        page.set(features, at: 0x3b0)
        page.set(UInt64(1), at: 0x3e8)  // XCR0
        if hypervisor == .qemu {
            page.set(UInt32(0x1f80), at: 0x408)  // MXCSR
            page.set(UInt16(0x37f), at: 0x410)  // x87 control word
        }
        return page
    }

    private func setSegments(in page: inout [UInt8], _ instructionPointer: UInt32) {
        func set(_ offset: Int, selector: UInt16 = 0, attributes: UInt16, base: UInt64 = 0) {
            page.set(selector, at: offset)
            page.set(attributes, at: offset + 2)
            page.set(UInt32(0xffff), at: offset + 4)
            page.set(base, at: offset + 8)
        }
        let isEc2 = hypervisor == .ec2
        for data in [0x00, 0x30, 0x40, 0x50] { set(data, attributes: 0x93) }  // ES, DS, FS, GS
        set(
            0x10,  // CS
            selector: 0xf000,
            attributes: isEc2 && instructionPointer == Self.resetVector ? 0x9a : 0x9b,
            base: UInt64(instructionPointer & 0xffff_0000)
        )
        set(0x20, attributes: isEc2 ? 0x92 : 0x93)  // SS
        set(0x60, attributes: 0)  // GDTR
        set(0x70, attributes: 0x82)  // LDTR
        set(0x80, attributes: 0)  // IDTR
        set(0x90, attributes: isEc2 ? 0x83 : 0x8b)  // TR
    }
}
