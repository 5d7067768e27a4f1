/// The certificates and revocation list for a report, sent with it or from AMD's Key Distribution Service.
public struct SnpEndorsements: Sendable, Hashable {
    /// The certificate of the report's signing key: VCEK or VLEK, in DER.
    public var signingKey: [UInt8]
    /// The issuer's certificate: ASK or ASVK, in DER.
    public var intermediate: [UInt8]
    /// The root's certificate, ARK, in DER; without it the built-in root with the issuer's name is used.
    public var root: [UInt8]?
    /// The root's revocation list, in DER.
    public var revocationList: [UInt8]?

    /// Creates endorsements.
    ///
    /// - Parameters:
    ///   - signingKey: VCEK or VLEK, in DER.
    ///   - intermediate: ASK or ASVK, in DER.
    ///   - root: ARK, in DER.
    ///   - revocationList: The root's revocation list, in DER.
    public init(
        signingKey: [UInt8],
        intermediate: [UInt8],
        root: [UInt8]? = nil,
        revocationList: [UInt8]? = nil
    ) {
        self.signingKey = signingKey
        self.intermediate = intermediate
        self.root = root
        self.revocationList = revocationList
    }
}

extension SnpEndorsements {
    /// The maximum number of table entries; hosts' tables have only a few.
    private static let maximumEntries = 32

    private static let vcek = "63da758de6644564adc5f4b93be8accd"
    private static let vlek = "a8074bc2a25a483eaae639c045a0b8a1"
    private static let intermediateName = "4ab7b379bbac4fe4a02f05aef327c782"
    private static let rootName = "c0b406a4a803495297433fb6014cd0ae"
    private static let listName = "92f81bc358114d3d97ffd19f88dc67ea"

    /// Parses the host's certificate table of an extended report (GHCB specification, 4.1.8.1).
    ///
    /// Entries with unknown GUIDs are ignored.
    ///
    /// - Parameter table: The content of `auxblob` of configfs-tsm.
    /// - Throws: `snp.table-invalid` where an entry is outside the table, a GUID occurs twice or there are too many
    ///   entries; `evidence.part-missing` where there is no VCEK or VLEK, or no issuer.
    public init(table: [UInt8]) throws(AttestationError) {
        var parts: [String: [UInt8]] = [:]
        var reader = ByteReader(table, subject: "certificate table")
        for count in 0...Self.maximumEntries {
            let name = try Self.guid(reader.take(16, "GUID"))
            let offset = Int(try reader.littleEndian(UInt32.self, "offset"))
            let length = Int(try reader.littleEndian(UInt32.self, "length"))
            guard name.contains(where: { $0 != "0" }) || offset != 0 || length != 0 else { break }
            guard count < Self.maximumEntries, offset <= table.count, length <= table.count - offset,
                parts[name] == nil
            else {
                throw AttestationError(
                    SnpCheck.tableInvalid,
                    subject: "certificate table",
                    fields: ["offset", "length"],
                    expected: "an entry within \(table.count) bytes, each name once",
                    found: "\(length) bytes at \(offset)"
                )
            }
            parts[name] = Array(table[offset..<(offset + length)])
        }
        guard let signingKey = parts[Self.vcek] ?? parts[Self.vlek] else {
            throw AttestationError(EvidenceCheck.partMissing, subject: "VCEK or VLEK")
        }
        guard let intermediate = parts[Self.intermediateName] else {
            throw AttestationError(EvidenceCheck.partMissing, subject: "ASK or ASVK")
        }
        self.init(
            signingKey: signingKey,
            intermediate: intermediate,
            root: parts[Self.rootName],
            revocationList: parts[Self.listName]
        )
    }

    /// The text of a GUID without hyphens; its first three groups are stored little-endian.
    private static func guid(_ bytes: ArraySlice<UInt8>) -> String {
        let stored = Array(bytes)
        let order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15]
        return order.map { String(stored[$0] >> 4, radix: 16) + String(stored[$0] & 15, radix: 16) }.joined()
    }
}
