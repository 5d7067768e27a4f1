package import Attestation
import FoundationEssentials
import StrictJSON

/// The response to a client's challenge: evidence, the HPKE key and the package's documents.
///
/// Its content is untrusted until the evidence is verified to contain the transcript's digest. The format is
/// Docs/formats/attested-connection.md.
package struct EvidenceDocument: Sendable {
    /// The format version.
    package static let formatVersion = 1
    /// The largest document that is parsed, in bytes.
    package static let maximumSize = 4 << 20
    /// The HTTP path of the evidence endpoint; `?nonce=` and 64 hexadecimal digits follow.
    package static let path = "/.well-known/adyton/evidence"

    /// The evidence.
    package let evidence: EvidenceBundle
    /// The server's HPKE public key.
    package let hpkeKey: HpkeKeyConfiguration
    /// The package's manifest and signature, as the machine claims them.
    package let package: PackageDocuments

    /// Creates a document.
    ///
    /// - Parameters:
    ///   - evidence: The evidence.
    ///   - hpkeKey: The server's HPKE public key.
    ///   - package: The package's manifest and signature.
    package init(evidence: EvidenceBundle, hpkeKey: HpkeKeyConfiguration, package: PackageDocuments) {
        self.evidence = evidence
        self.hpkeKey = hpkeKey
        self.package = package
    }

    /// Parses a document.
    ///
    /// - Parameter json: As ``json`` encodes it, with any white space.
    /// - Throws: `evidence.document-invalid` for malformed JSON, a duplicate key, an unknown key, kind, version or
    ///   label, invalid base64, or more than ``maximumSize`` bytes; `transport.key-invalid`.
    package init(json: [UInt8]) throws(TransportError) {
        guard json.count <= Self.maximumSize else {
            throw Self.invalid(expected: "at most \(Self.maximumSize) bytes", found: "\(json.count)")
        }
        let file: File
        do throws(JSONError) {
            file = try JSONText.decode(from: json)
        } catch {
            throw Self.invalid(expected: "the keys of Docs/formats/attested-connection.md, and no other")
        }
        guard file.version == Self.formatVersion, file.transcript == ReportData.connectionLabel,
            file.evidence.version == EvidenceBundle.formatVersion
        else {
            throw Self.invalid(
                expected: "version \(Self.formatVersion) with \"\(ReportData.connectionLabel)\"",
                found: "version \(file.version)"
            )
        }
        guard let kind = EvidenceKind(rawValue: file.evidence.kind) else {
            throw Self.invalid(
                expected: EvidenceKind.allCases.map(\.rawValue).joined(separator: ", "),
                found: String(file.evidence.kind.prefix(32).filter { $0.isASCII && $0.isLetter })
            )
        }
        evidence = EvidenceBundle(kind: kind, parts: file.evidence.parts.mapValues(\.bytes))
        hpkeKey = try HpkeKeyConfiguration(encoded: file.hpkeKeys.bytes)
        package = PackageDocuments(
            manifest: file.manifest?.bytes,
            signature: file.manifestSignature?.bytes
        )
    }

    /// The encoded document: sorted keys and a final line break.
    package var json: [UInt8] {
        let file = File(
            version: Self.formatVersion,
            transcript: ReportData.connectionLabel,
            evidence: EvidenceBundle.File(
                version: EvidenceBundle.formatVersion,
                kind: evidence.kind.rawValue,
                parts: evidence.parts.mapValues { Base64Bytes($0) }
            ),
            hpkeKeys: Base64Bytes(hpkeKey.encoded),
            manifest: package.manifest.map { Base64Bytes($0) },
            manifestSignature: package.signature.map { Base64Bytes($0) }
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Encoding cannot fail: the file's types have no value that JSON lacks.
        return Array((try? encoder.encode(file)) ?? Data()) + [0x0a]
    }

    /// Computes the report data that the evidence has to contain.
    ///
    /// - Parameters:
    ///   - challenge: The client's nonce.
    ///   - tlsPublicKey: The key from the peer's handshake: SubjectPublicKeyInfo in DER.
    /// - Returns: The digest over the transcript.
    package func reportData(challenge: Challenge, tlsPublicKey: [UInt8]) -> ReportData {
        ReportData(
            challenge: challenge,
            tlsPublicKey: tlsPublicKey,
            hpkePublicKey: hpkeKey.publicKey,
            manifestDigest: package.digest
        )
    }

    private static func invalid(expected: String, found: String? = nil) -> TransportError {
        TransportError(.documentInvalid, subject: "the server's evidence", expected: expected, found: found)
    }
}

extension EvidenceDocument {
    fileprivate struct File: Codable {
        enum CodingKeys: String, CodingKey, CaseIterable {
            case version, transcript, evidence, hpkeKeys, manifest, manifestSignature
        }

        let version: Int
        let transcript: String
        let evidence: EvidenceBundle.File
        let hpkeKeys: Base64Bytes
        let manifest: Base64Bytes?
        let manifestSignature: Base64Bytes?
    }
}
