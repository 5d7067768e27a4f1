/// What an SGX enclave's processor says about it: the 384 bytes of `sgx_report_body_t`.
///
/// The quoting enclave of every DCAP quote is described by the same structure. Integers are little-endian; what is read
/// here is a claim until the signature over it is verified.
package struct EnclaveReport: Sendable, Equatable {
    /// How many bytes it has.
    package static let byteCount = 384

    /// The processor's security version, 16 components in a coding of the processor's own.
    package let cpuSecurityVersion: [UInt8]
    /// MISCSELECT: which extra state an exit saves.
    package let miscSelect: UInt32
    /// ATTRIBUTES: 8 bytes of flags, then 8 of XFRM.
    package let attributes: [UInt8]
    /// MRENCLAVE: the hash of what was loaded.
    package let enclaveMeasurement: [UInt8]
    /// MRSIGNER: the hash of the key that signed the enclave.
    package let signerMeasurement: [UInt8]
    /// ISVPRODID: the signer's number for the product.
    package let productIdentity: UInt16
    /// ISVSVN: the signer's security version of the product.
    package let securityVersion: UInt16
    /// REPORTDATA: 64 bytes of the enclave's own choice.
    package let reportData: [UInt8]
    /// All 384 bytes, as a signature covers them.
    let bytes: [UInt8]

    /// The fields by their names in the specification.
    static let fieldNames = [
        "CPUSVN", "MISCSELECT", "ISVEXTPRODID", "ATTRIBUTES", "MRENCLAVE", "MRSIGNER", "CONFIGID", "ISVPRODID",
        "ISVSVN", "CONFIGSVN", "ISVFAMILYID", "REPORTDATA",
    ]

    /// Whether the enclave's owner can look into it (ATTRIBUTES bit 1).
    package var isDebuggable: Bool { attributes[0] & 2 != 0 }

    init(_ reader: inout ByteReader, field: String) throws(AttestationError) {
        bytes = try reader.bytes(Self.byteCount, field)
        var body = ByteReader(bytes, subject: "quote")
        cpuSecurityVersion = try body.bytes(16, field)
        miscSelect = try body.littleEndian(UInt32.self, field)
        try body.skip(28, field)
        attributes = try body.bytes(16, field)
        enclaveMeasurement = try body.bytes(32, field)
        try body.skip(32, field)
        signerMeasurement = try body.bytes(32, field)
        try body.skip(96, field)
        productIdentity = try body.littleEndian(UInt16.self, field)
        securityVersion = try body.littleEndian(UInt16.self, field)
        try body.skip(60, field)
        reportData = try body.bytes(64, field)
    }
}
