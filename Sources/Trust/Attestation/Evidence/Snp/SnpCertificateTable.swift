import Diagnostics

/// The host's table of certificates beside an extended report (GHCB specification, 4.1.8.1): `auxblob` of configfs-tsm.
///
/// Writers differ in the byte order of GUIDs: the specification stores the first three groups little-endian, and widespread
/// libraries store all sixteen bytes in the order of the text. Both are read.
public struct SnpCertificateTable: Sendable, Hashable {
    /// A certificate that a table may hold, by its GUID.
    enum Entry: String, CaseIterable {
        case vcek = "63da758d-e664-4564-adc5-f4b93be8accd"
        case vlek = "a8074bc2-a25a-483e-aae6-39c045a0b8a1"
        /// ASK, or ASVK above a VLEK.
        case intermediate = "4ab7b379-bbac-4fe4-a02f-05aef327c782"
        case root = "c0b406a4-a803-4952-9743-3fb6014cd0ae"
        case revocationList = "92f81bc3-5811-4d3d-97ff-d19f88dc67ea"

        /// The certificate's name.
        var name: String {
            switch self {
            case .vcek: "VCEK"
            case .vlek: "VLEK"
            case .intermediate: "ASK"
            case .root: "ARK"
            case .revocationList: "CRL"
            }
        }
    }

    /// The maximum number of table entries; hosts' tables have only a few.
    private static let maximumEntries = 32
    private static let entrySize = 24

    private let parts: [Entry: [UInt8]]
    /// The GUIDs that are none of the known ones, as text in the specification's order.
    private let unknown: [String]

    /// Parses a table.
    ///
    /// Entries with unknown GUIDs are ignored, and so are entries without content. A table may be empty.
    ///
    /// - Parameter table: The content of `auxblob`.
    /// - Throws: `snp.table-invalid` where an entry is outside the table, a certificate occurs twice or there are too many
    ///   entries; `evidence.truncated` where the last entry is not all zero.
    public init(_ table: [UInt8]) throws(AttestationError) {
        var parts: [Entry: [UInt8]] = [:]
        var unknown: [String] = []
        var reader = ByteReader(table, subject: "certificate table")
        for count in 0...Self.maximumEntries {
            guard !table.isEmpty else { break }
            let name = Array(try reader.take(16, "GUID"))
            let offset = Int(try reader.littleEndian(UInt32.self, "offset"))
            let length = Int(try reader.littleEndian(UInt32.self, "length"))
            guard name.contains(where: { $0 != 0 }) || offset != 0 || length != 0 else { break }
            let entry = Entry(stored: name)
            guard count < Self.maximumEntries, offset <= table.count, length <= table.count - offset,
                entry.map({ parts[$0] == nil }) ?? true
            else {
                throw AttestationError(
                    SnpCheck.tableInvalid,
                    subject: "certificate table",
                    fields: ["offset", "length"],
                    expected: "at most \(Self.maximumEntries) entries within \(table.count) bytes, each name once",
                    found: "\(length) bytes at \(offset)"
                )
            }
            guard let entry else {
                unknown.append(Self.text(name))
                continue
            }
            if length > 0 { parts[entry] = Array(table[offset..<(offset + length)]) }
        }
        self.parts = parts
        self.unknown = unknown
    }

    /// The certificate of the processor's own key, in DER; nil where there is none.
    public var vcek: [UInt8]? { parts[.vcek] }
    /// The certificate of a cloud provider's key, in DER; nil where there is none.
    public var vlek: [UInt8]? { parts[.vlek] }
    /// The issuer's certificate, ASK or ASVK, in DER; nil where there is none.
    public var intermediate: [UInt8]? { parts[.intermediate] }
    /// The root's certificate, ARK, in DER; nil where there is none.
    public var root: [UInt8]? { parts[.root] }
    /// The root's revocation list, in DER; nil where there is none.
    public var revocationList: [UInt8]? { parts[.revocationList] }

    /// The certificate of the key that signed a report.
    ///
    /// - Parameter signer: The kind of key that the report's KEY_INFO states.
    /// - Returns: nil where the table has none of that kind.
    public func certificate(of signer: SnpSigningKey) -> [UInt8]? { signer == .vcek ? vcek : vlek }

    /// What the table holds, in words for findings.
    var content: String {
        let known = Entry.allCases.filter { parts[$0] != nil }.map(\.name)
        guard known.isEmpty else { return "a table with " + known.joined(separator: ", ") }
        return unknown.isEmpty ? "a table without certificates" : "a table with unknown GUIDs alone: \(unknown[0])"
    }

    /// The text of a GUID whose first three groups are stored little-endian.
    private static func text(_ stored: [UInt8]) -> String {
        let digits = Hexadecimal.text(Entry.reordered(stored))
        let cuts = [0, 8, 12, 16, 20, 32]
        return zip(cuts, cuts.dropFirst()).map { String(digits.dropFirst($0).prefix($1 - $0)) }.joined(separator: "-")
    }
}

extension SnpCertificateTable.Entry {
    /// The entry with a stored GUID, in either byte order.
    init?(stored: [UInt8]) {
        let spellings = [Hexadecimal.text(stored), Hexadecimal.text(Self.reordered(stored))]
        guard let entry = Self.allCases.first(where: { spellings.contains($0.rawValue.replacing("-", with: "")) })
        else { return nil }
        self = entry
    }

    /// The bytes of a GUID with its first three groups reversed.
    static func reordered(_ stored: [UInt8]) -> [UInt8] {
        [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15].map { stored[$0] }
    }
}
