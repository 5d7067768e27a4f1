import Crypto
public import FoundationEssentials
import StrictJSON
import SwiftASN1

extension MinimumVersions {
    /// The format of a table, so that a signature of another document never counts for one.
    private static let format = "adyton.minimum-versions/1"

    /// A signed table: the bytes of the table in base64, and their Ed25519 signature.
    private struct Envelope: Decodable {
        enum CodingKeys: String, CodingKey, CaseIterable { case version, table, signature }

        let version: Int
        let table: Base64Bytes
        let signature: Base64Bytes
    }

    private struct Table: Decodable {
        enum CodingKeys: String, CodingKey, CaseIterable { case format, day, lines, weaknesses }

        struct Line: Decodable {
            enum CodingKeys: String, CodingKey, CaseIterable { case components, sources }

            let components: [String: UInt64]
            let sources: [String]
        }

        struct Weakness: Decodable {
            enum CodingKeys: String, CodingKey, CaseIterable { case line, summary, source }

            let line: String
            let summary: String
            let source: String
        }

        let format: String
        let day: String
        let lines: [String: Line]
        let weaknesses: [Weakness]?
    }

    /// Reads a signed table that is newer than the built-in one.
    ///
    /// - Parameters:
    ///   - json: The file's content (Docs/formats/minimum-versions.md).
    ///   - key: The Ed25519 public key that must have signed it, in PEM.
    ///   - subject: The file's path, for errors.
    /// - Throws: `table.invalid`, `table.key-invalid`, `table.signature`, `table.old`.
    public init(signed json: Data, key: String, subject: String) throws(AttestationError) {
        let envelope: Envelope = try Self.decode(Array(json), subject)
        guard envelope.version == 1 else {
            throw AttestationError(
                MinimumTableCheck.invalid,
                subject: subject,
                fields: ["version"],
                expected: "1",
                found: "\(envelope.version)"
            )
        }
        guard try Self.publicKey(key).isValidSignature(envelope.signature.bytes, for: envelope.table.bytes) else {
            throw AttestationError(MinimumTableCheck.signature, subject: subject, fields: ["signature"])
        }
        try self.init(Self.decode(envelope.table.bytes, subject), subject)
        guard day.end >= Self.builtIn.day.end else {
            throw AttestationError(
                MinimumTableCheck.old,
                subject: subject,
                fields: ["day"],
                expected: "\(Self.builtIn.day) or later",
                found: "\(day)"
            )
        }
    }

    private init(_ table: Table, _ subject: String) throws(AttestationError) {
        func invalid(_ field: String, _ expected: String) -> AttestationError {
            AttestationError(MinimumTableCheck.invalid, subject: subject, fields: [field], expected: expected)
        }
        guard table.format == Self.format else { throw invalid("format", Self.format) }
        guard let day = PolicyDate(table.day) else { throw invalid("day", "a day such as 2027-01-31") }
        for (name, line) in table.lines {
            guard let product = SnpProduct(rawValue: name) else {
                throw invalid("lines.\(name)", "Milan, Genoa, Turin")
            }
            let known = product.components.map(\.name)
            guard !line.components.isEmpty, line.components.keys.allSatisfy(known.contains) else {
                throw invalid("lines.\(name).components", known.joined(separator: ", "))
            }
            guard !line.sources.isEmpty else { throw invalid("lines.\(name).sources", "at least one source") }
        }
        self.init(
            day: day,
            lines: table.lines.mapValues { Line(components: $0.components, sources: $0.sources) },
            weaknesses: (table.weaknesses ?? []).map {
                Weakness(line: $0.line, summary: $0.summary, source: $0.source)
            }
        )
    }

    private static func publicKey(_ pem: String) throws(AttestationError) -> Curve25519.Signing.PublicKey {
        // SubjectPublicKeyInfo of Ed25519 (RFC 8410, section 4): a fixed start, then the key.
        let start: [UInt8] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]
        guard let document = try? PEMDocument(pemString: pem), document.discriminator == "PUBLIC KEY",
            document.derBytes.count == 44, document.derBytes.starts(with: start),
            let key = try? Curve25519.Signing.PublicKey(rawRepresentation: document.derBytes.dropFirst(12))
        else { throw AttestationError(MinimumTableCheck.keyInvalid, subject: "key", expected: "Ed25519 in PEM") }
        return key
    }

    private static func decode<Value: Decodable>(
        _ json: [UInt8],
        _ subject: String
    ) throws(AttestationError) -> Value {
        do throws(JSONError) {
            return try JSONText.decode(from: json)
        } catch {
            throw AttestationError(MinimumTableCheck.invalid, subject: subject, found: error.description)
        }
    }
}
