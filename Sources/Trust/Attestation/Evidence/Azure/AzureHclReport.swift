/// A parsed, unverified HCL report of an Azure confidential VM: a hardware report and the runtime data that it binds.
///
/// The host compatibility layer stores it in the virtual TPM's NV index 0x01400001; numbers are little-endian.
public struct AzureHclReport: Sendable, Hashable {
    /// The type of the hardware report.
    public enum Hardware: UInt32, Sendable, Hashable {
        /// An SNP report.
        case snp = 2
        /// A TD report, which only its own processor can verify: a TD quote is needed too.
        case tdx = 4
    }

    /// The largest report that is parsed, in bytes.
    public static let maximumSize = 65_536
    /// The fields at fixed offsets.
    public static let fields: [FieldRange] = [
        FieldRange("signature", 0, 4), FieldRange("version", 4, 4), FieldRange("report_size", 8, 4),
        FieldRange("request_type", 12, 4), FieldRange("status", 16, 4), FieldRange("reserved", 20, 12),
        FieldRange("hw_report", 32, 1184), FieldRange("data_size", 1216, 4), FieldRange("data_version", 1220, 4),
        FieldRange("report_type", 1224, 4), FieldRange("hash_type", 1228, 4),
        FieldRange("variable_data_size", 1232, 4),
    ]
    static let hardwareSize = 1184
    static let headSize = 1236
    static let tdReportSize = 1024

    /// The type of the hardware report.
    public let hardware: Hardware
    /// The SNP report, or the TD report.
    public let hardwareReport: [UInt8]
    /// The JSON document that the hardware report binds.
    public let runtimeData: [UInt8]

    /// Parses a report.
    ///
    /// - Parameter bytes: The NV index's content, with optional trailing zeros.
    /// - Throws: `evidence.truncated`, `evidence.too-large`, `azure.header-invalid`, `azure.size-mismatch`.
    public init(_ bytes: [UInt8]) throws(AttestationError) {
        guard bytes.count <= Self.maximumSize else {
            throw AttestationError(
                EvidenceCheck.tooLarge,
                subject: "HCL report",
                expected: "at most \(Self.maximumSize) bytes",
                found: "\(bytes.count)"
            )
        }
        var reader = ByteReader(bytes, subject: "HCL report")
        guard try reader.take(4, "signature").elementsEqual("HCLA".utf8) else { throw Self.header("signature", "HCLA") }
        guard (1...2).contains(try reader.littleEndian(UInt32.self, "version")) else {
            throw Self.header("version", "1 or 2")
        }
        let reportSize = try reader.littleEndian(UInt32.self, "report_size")
        guard try reader.littleEndian(UInt32.self, "request_type") == 2 else { throw Self.header("request_type", "2") }
        guard try reader.littleEndian(UInt32.self, "status") == 0 else { throw Self.header("status", "0") }
        guard try reader.take(12, "reserved").allSatisfy({ $0 == 0 }) else { throw Self.header("reserved", "zeros") }
        let report = try reader.take(Self.hardwareSize, "hw_report")
        let dataSize = try reader.littleEndian(UInt32.self, "data_size")
        guard try reader.littleEndian(UInt32.self, "data_version") == 1 else { throw Self.header("data_version", "1") }
        guard let hardware = Hardware(rawValue: try reader.littleEndian(UInt32.self, "report_type")) else {
            throw Self.header("report_type", "2 for SNP or 4 for TDX")
        }
        guard try reader.littleEndian(UInt32.self, "hash_type") == 1 else {
            throw Self.header("hash_type", "1, SHA-256")
        }
        let size = try reader.littleEndian(UInt32.self, "variable_data_size")
        runtimeData = Array(try reader.take(Int(size), "variable_data_size"))
        guard UInt64(dataSize) == UInt64(size) + 20 else { throw Self.size("data_size", UInt64(size) + 20, dataSize) }
        guard UInt64(reportSize) == UInt64(size) + UInt64(Self.headSize) else {
            throw Self.size("report_size", UInt64(size) + UInt64(Self.headSize), reportSize)
        }
        guard reader.rest.allSatisfy({ $0 == 0 }) else { throw Self.header("padding", "zeros") }
        self.hardware = hardware
        switch hardware {
        case .snp: hardwareReport = Array(report)
        case .tdx:
            hardwareReport = Array(report.prefix(Self.tdReportSize))
            guard report.dropFirst(Self.tdReportSize).allSatisfy({ $0 == 0 }) else {
                throw Self.header("hw_report", "zeros behind the TD report")
            }
        }
    }

    private static func header(_ field: String, _ expected: String) -> AttestationError {
        AttestationError(AzureCheck.headerInvalid, subject: "HCL report", fields: [field], expected: expected)
    }

    private static func size(_ field: String, _ expected: UInt64, _ found: UInt32) -> AttestationError {
        AttestationError(
            AzureCheck.sizeMismatch,
            subject: "HCL report",
            fields: [field, "variable_data_size"],
            expected: "\(expected)",
            found: "\(found)"
        )
    }
}
