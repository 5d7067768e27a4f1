/// An SGX enclave's report: the 384 bytes of `sgx_report_body_t`.
///
/// The quoting enclave of every DCAP quote has one too. Integers are little-endian; the content is not trusted until
/// the signature over it is verified.
package struct EnclaveReport: Sendable, Equatable {
    /// The size in bytes.
    package static let byteCount = 384

    /// CPUSVN: 16 components in a processor-specific encoding.
    package let cpuSecurityVersion: [UInt8]
    /// MISCSELECT: the extra state that an enclave exit saves.
    package let miscSelect: UInt32
    /// ATTRIBUTES: 8 bytes of flags, then 8 of XFRM.
    package let attributes: [UInt8]
    /// MRENCLAVE: the hash of the loaded enclave.
    package let enclaveMeasurement: [UInt8]
    /// MRSIGNER: the hash of the key that signed the enclave.
    package let signerMeasurement: [UInt8]
    /// ISVPRODID: the signer's product number.
    package let productIdentity: UInt16
    /// ISVSVN: the signer's security version of the product.
    package let securityVersion: UInt16
    /// REPORTDATA: 64 bytes chosen by the enclave.
    package let reportData: [UInt8]
    /// All 384 bytes, which the signature covers.
    let bytes: [UInt8]

    /// The fields' names in the specification.
    static let fieldNames = [
        "CPUSVN", "MISCSELECT", "ISVEXTPRODID", "ATTRIBUTES", "MRENCLAVE", "MRSIGNER", "CONFIGID", "ISVPRODID",
        "ISVSVN", "CONFIGSVN", "ISVFAMILYID", "REPORTDATA",
    ]

    /// Whether the enclave can be debugged (ATTRIBUTES bit 1).
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
