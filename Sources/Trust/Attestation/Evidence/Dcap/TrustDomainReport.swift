/// What the TDX module says about a trust domain: the body of a TDX quote.
///
/// 584 bytes in its first form and 648 in that of TDX 1.5, little-endian. What is read here is a claim until the
/// signature over it is verified.
package struct TrustDomainReport: Sendable, Equatable {
    /// How many bytes the first form has.
    static let byteCount = 584
    /// How many bytes the form of TDX 1.5 has.
    static let extendedByteCount = 648

    /// SEPT_VE_DISABLE: the host cannot make the domain's own pages fault.
    static let faultsDisabled: UInt64 = 1 << 28
    /// Bits of TDATTRIBUTES that have no meaning, or one that this verifier does not judge: 8 to 27, 29, 32 to 62.
    static let reservedAttributes: UInt64 = 0x0FFF_FF00 | 1 << 29 | 0x7FFF_FFFF << 32

    /// The fields by their names in the specification, those of TDX 1.5 last.
    static let fieldNames = [
        "TEE_TCB_SVN", "MRSEAM", "MRSIGNERSEAM", "SEAMATTRIBUTES", "TDATTRIBUTES", "XFAM", "MRTD", "MRCONFIGID",
        "MROWNER", "MROWNERCONFIG", "RTMR0", "RTMR1", "RTMR2", "RTMR3", "REPORTDATA", "TEE_TCB_SVN2", "MRSERVICETD",
    ]

    /// What only the form of TDX 1.5 has.
    package struct Extension: Sendable, Equatable {
        /// TEE_TCB_SVN2: the module that runs now, which can be newer than the one that launched the domain.
        package let currentModuleVersion: [UInt8]
        /// MRSERVICETD: the hash over the service domains that are bound to this one; zero where there is none.
        package let serviceDomainMeasurement: [UInt8]
    }

    /// TEE_TCB_SVN: 16 components; module's security version, module's major version, microcode, then zeros.
    package let moduleVersion: [UInt8]
    /// MRSEAM: the hash of the TDX module.
    package let moduleMeasurement: [UInt8]
    /// MRSIGNERSEAM: the module's signer; zero for Intel's.
    package let moduleSigner: [UInt8]
    /// SEAMATTRIBUTES: the module's attributes; zero for a production module.
    package let moduleAttributes: [UInt8]
    /// TDATTRIBUTES: bit 0 debug, bit 28 SEPT_VE_DISABLE, bit 30 protection keys, bit 31 key locker, bit 63 counters.
    package let attributes: UInt64
    /// XFAM: which extended processor state the domain may use.
    package let extendedFeatures: UInt64
    /// MRTD: the hash of what the domain was built of.
    package let measurement: [UInt8]
    /// MRCONFIGID: the owner's configuration, which is not measured.
    package let configuration: [UInt8]
    /// MROWNER: who the domain belongs to.
    package let owner: [UInt8]
    /// MROWNERCONFIG: the owner's configuration of this domain.
    package let ownerConfiguration: [UInt8]
    /// RTMR0 to RTMR3: what was measured while the domain ran.
    package let runtimeMeasurements: [[UInt8]]
    /// REPORTDATA: 64 bytes of the domain's own choice.
    package let reportData: [UInt8]
    /// What TDX 1.5 added; nil in the first form.
    package let extended: Extension?

    /// Whether the host can look into the domain: any of the bits that Intel calls TUD (TDATTRIBUTES 0 to 7).
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
