import Crypto
import Diagnostics
import Foundation
import StrictJSON

/// Who vouches for a manifest: the package's second member.
package struct PackageSignature: Sendable, Equatable {
    /// The only schema that this version reads and writes.
    package static let schema = "adyton.package-signature/1"
    /// The name of the document in a package and in messages.
    package static let documentName = "signature.json"

    /// Whose signature it is, as the file itself says: trust comes from comparing it with a key that one has.
    package let publicKey: PublisherKey
    /// As the key's algorithm spells it.
    package let signature: [UInt8]

    /// What is signed for a manifest: the schema, a line feed, SHA-256 of the manifest in hexadecimal, a line feed.
    ///
    /// - Parameter manifest: The manifest's bytes.
    /// - Returns: 92 bytes of ASCII.
    package static func message(for manifest: [UInt8]) -> [UInt8] {
        Array("\(schema)\n\(Hexadecimal.text(SHA256.hash(data: manifest)))\n".utf8)
    }

    /// States a signature without checking it.
    ///
    /// - Parameters:
    ///   - publicKey: Whose signature it is.
    ///   - signature: The signature as the key's algorithm spells it.
    package init(publicKey: PublisherKey, signature: [UInt8]) {
        self.publicKey = publicKey
        self.signature = signature
    }

    /// The file's one spelling (RFC 8785).
    package var text: String {
        JSONValue.object([
            "schema": .string(Self.schema),
            "algorithm": .string(publicKey.algorithm.rawValue),
            "publicKey": .string(Data(publicKey.derRepresentation).base64EncodedString()),
            "signature": .string(Data(signature).base64EncodedString()),
        ]).canonicalText
    }

    /// Reads a signature; whether it is true is another question.
    ///
    /// - Parameter bytes: The document, exactly as `text` writes it.
    /// - Throws: `package-signature.invalid`.
    package init(_ bytes: [UInt8]) throws(PackageError) {
        let document = Self.documentName
        let known = ["algorithm", "publicKey", "schema", "signature"]
        let fields = try JSONFields(parsing: bytes, of: document, .signatureInvalid, known: known)
        let schema = try fields.string("schema")
        guard schema == Self.schema else { throw fields.failure("schema", Self.schema, schema) }
        let texts = (try fields.string("publicKey", longest: 4096), try fields.string("signature", longest: 4096))
        guard let key = Data(base64Encoded: texts.0), let signature = Data(base64Encoded: texts.1) else {
            throw fields.failure("signature", "base64", "something else")
        }
        do throws(PackageError) {
            publicKey = try PublisherKey(der: Array(key), name: "\(document): publicKey")
        } catch {
            throw PackageError(
                .signatureInvalid,
                subject: error.subject,
                expected: error.expected,
                found: error.found,
                cause: error
            )
        }
        self.signature = Array(signature)
        let algorithm = try fields.string("algorithm")
        guard algorithm == publicKey.algorithm.rawValue else {
            throw fields.failure("algorithm", publicKey.algorithm.rawValue, algorithm)
        }
        guard Array(text.utf8) == bytes else {
            throw fields.failure("signature", "the one spelling of RFC 8785", "another")
        }
    }

    /// Checks that the key's owner signed a manifest.
    ///
    /// - Parameter manifest: The manifest's bytes.
    /// - Throws: `package-signature.mismatch`.
    package func verify(_ manifest: [UInt8]) throws(PackageError) {
        guard publicKey.isValid(signature, of: Self.message(for: manifest)) else {
            throw PackageError(
                .signatureMismatch,
                subject: "\(Manifest.documentName) or \(Self.documentName)",
                expected: "a manifest that \(Hexadecimal.text(publicKey.identity)) signed",
                found: "another"
            )
        }
    }
}
