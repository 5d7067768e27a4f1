/// The events that every OVMF boot measures, as long as no Secure Boot keys and no boot options are enrolled.
enum OvmfEvents {
    private static let globalVariable = Guid(0x8be4_df61, 0x93ca, 0x11d2, 0xaa0d_00e0_9803_2b8c)
    private static let imageSecurity = Guid(0xd719_b2cb, 0x3d3a, 0x4596, 0xa3bc_dad0_0e67_656f)
    /// OVMF's driver firmware volume, and its setup menu application (`OvmfPkg/OvmfPkgX64.fdf`, `MdeModulePkg`'s
    /// `UiApp`).
    private static let driverVolume = Guid(0x7cb8_bdc9, 0xf8eb, 0x4f34, 0xaaea_3ee4_af65_16a1)
    private static let setupMenu = Guid(0x462c_aa21, 0x7614, 0x4503, 0x836e_8ab6_f466_2331)

    /// `EV_SEPARATOR`: the end of the firmware's events in a register.
    static let separator = MeasuredEvent("separator", bytes: [0, 0, 0, 0])
    /// `EV_EFI_ACTION`: the firmware starts the kernel.
    static let bootAttempt = MeasuredEvent(
        "boot attempt",
        bytes: Array("Calling EFI Application from Boot Option".utf8)
    )
    /// `EV_EFI_ACTION`: the kernel leaves the boot services.
    static let exits = [
        MeasuredEvent("exit of boot services", bytes: Array("Exit Boot Services Invocation".utf8)),
        MeasuredEvent("exit's success", bytes: Array("Exit Boot Services Returned with Success".utf8)),
    ]

    /// The Secure Boot variables with no key enrolled (`EV_EFI_VARIABLE_DRIVER_CONFIG`).
    static func secureBoot(_ variable: HostSoftware.SecureBootVariable) -> [MeasuredEvent] {
        let state: [UInt8] =
            switch variable {
            case .off: [0]
            case .absent: []
            }
        return [
            Self.variable(globalVariable, "SecureBoot", state), Self.variable(globalVariable, "PK", []),
            Self.variable(globalVariable, "KEK", []), Self.variable(imageSecurity, "db", []),
            Self.variable(imageSecurity, "dbx", []),
        ]
    }

    /// The boot order and its only option, the setup menu (`EV_EFI_VARIABLE_BOOT`: only the data is hashed).
    static var bootOptions: [MeasuredEvent] {
        // EFI_LOAD_OPTION: active, hidden, an application; the length of the device path; the name; the device path.
        var option: [UInt8] = []
        option.append(littleEndian: UInt32(0x109))
        option.append(littleEndian: UInt16(2 * (4 + Guid.size) + 4))
        option += "UiApp".utf8.flatMap { [$0, 0] } + [0, 0]
        // Media device path nodes for a firmware volume (7) and a firmware file (6), then the path's end.
        option += [4, 7, 20, 0] + driverVolume.bytes + [4, 6, 20, 0] + setupMenu.bytes + [0x7f, 0xff, 4, 0]
        return [MeasuredEvent("BootOrder", bytes: [0, 0]), MeasuredEvent("Boot0000", bytes: option)]
    }

    /// UEFI_VARIABLE_DATA (TCG PC Client Platform Firmware Profile, 10.2.6).
    private static func variable(_ vendor: Guid, _ name: String, _ data: [UInt8]) -> MeasuredEvent {
        var bytes = vendor.bytes
        bytes.append(littleEndian: UInt64(name.utf8.count))
        bytes.append(littleEndian: UInt64(data.count))
        bytes += name.utf8.flatMap { [$0, 0] } + data
        return MeasuredEvent(name, bytes: bytes)
    }
}
