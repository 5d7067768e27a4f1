/// A TDX trust domain's report: the body of a TDX quote.
///
/// 584 bytes in TDX 1.0 and 648 in TDX 1.5, little-endian. The content is not trusted until the signature over it is
/// verified.
package struct TrustDomainReport: Sendable, Equatable {
    /// The size of the TDX 1.0 body, in bytes.
    static let byteCount = 584
    /// The size of the TDX 1.5 body, in bytes.
    static let extendedByteCount = 648

    /// SEPT_VE_DISABLE: the host cannot cause virtualization exceptions (#VE) by removing the domain's private pages.
    static let faultsDisabled: UInt64 = 1 << 28
    /// The fields' names in the specification, those of TDX 1.5 last.
    static let fieldNames = [
        "TEE_TCB_SVN", "MRSEAM", "MRSIGNERSEAM", "SEAMATTRIBUTES", "TDATTRIBUTES", "XFAM", "MRTD", "MRCONFIGID",
        "MROWNER", "MROWNERCONFIG", "RTMR0", "RTMR1", "RTMR2", "RTMR3", "REPORTDATA", "TEE_TCB_SVN2", "MRSERVICETD",
    ]

    /// The fields that only TDX 1.5 has.
    package struct Extension: Sendable, Equatable {
        /// TEE_TCB_SVN2: the version of the running module, which may be newer than the one that launched the domain.
        package let currentModuleVersion: [UInt8]
        /// MRSERVICETD: the hash of the service TDs that are bound to this domain; zero for none.
        package let serviceDomainMeasurement: [UInt8]
    }

    /// TEE_TCB_SVN: 16 components; the module's security version and major version, microcode, then zeros.
    package let moduleVersion: [UInt8]
    /// MRSEAM: the hash of the TDX module.
    package let moduleMeasurement: [UInt8]
    /// MRSIGNERSEAM: the module's signer; zero for Intel's.
    package let moduleSigner: [UInt8]
    /// SEAMATTRIBUTES: the module's attributes; zero for a production module.
    package let moduleAttributes: [UInt8]
    /// TDATTRIBUTES, whose bits ``TrustDomainAttributes`` names.
    package let attributes: UInt64
    /// XFAM: the extended processor state that the domain may use.
    package let extendedFeatures: UInt64
    /// MRTD: the hash of the domain's initial content.
    package let measurement: [UInt8]
    /// MRCONFIGID: the owner's configuration, which is not measured.
    package let configuration: [UInt8]
    /// MROWNER: the domain's owner.
    package let owner: [UInt8]
    /// MROWNERCONFIG: the owner's configuration of this domain.
    package let ownerConfiguration: [UInt8]
    /// RTMR0 to RTMR3: measurements extended at run time.
    package let runtimeMeasurements: [[UInt8]]
    /// REPORTDATA: 64 bytes chosen by the domain.
    package let reportData: [UInt8]
    /// The fields of TDX 1.5; nil in TDX 1.0.
    package let extended: Extension?

    /// Whether the host can debug the domain: any of the bits of Intel's TUD group (TDATTRIBUTES 0 to 7).
    package var isDebuggable: Bool { attributes & 0xFF != 0 }

    init(_ reader: inout ByteReader, extended isExtended: Bool) throws(AttestationError) {
        moduleVersion = try reader.bytes(16, "TEE_TCB_SVN")
        moduleMeasurement = try reader.bytes(48, "MRSEAM")
        moduleSigner = try reader.bytes(48, "MRSIGNERSEAM")
        moduleAttributes = try reader.bytes(8, "SEAMATTRIBUTES")
        attributes = try reader.littleEndian(UInt64.self, "TDATTRIBUTES")
        extendedFeatures = try reader.littleEndian(UInt64.self, "XFAM")
        measurement = try reader.bytes(48, "MRTD")
        configuration = try reader.bytes(48, "MRCONFIGID")
        owner = try reader.bytes(48, "MROWNER")
        ownerConfiguration = try reader.bytes(48, "MROWNERCONFIG")
        var registers: [[UInt8]] = []
        for index in 0..<4 { registers.append(try reader.bytes(48, "RTMR\(index)")) }
        runtimeMeasurements = registers
        reportData = try reader.bytes(64, "REPORTDATA")
        extended =
            isExtended
            ? Extension(
                currentModuleVersion: try reader.bytes(16, "TEE_TCB_SVN2"),
                serviceDomainMeasurement: try reader.bytes(48, "MRSERVICETD")
            ) : nil
    }
}
