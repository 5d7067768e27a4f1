import Crypto
import Diagnostics
import FoundationEssentials
import StrictJSON

extension ConformanceRunner {
    /// Checks an entry of the kind `tpm`: a quote, or only an event log.
    ///
    /// The attestation key or authority certificate of an entry is what the relying party already trusts, so it is the
    /// root.
    static func tpm(
        _ vector: ConformanceVector,
        _ files: EvidenceParts,
        _ now: Date
    ) throws(AttestationError) -> ConformanceAnswer {
        guard files.has("attest") else {
            guard files.has("event_log") else { return try goAttestation(vector, files, now) }
            return try eventLog(files)
        }
        let registers: TpmRegisters
        if let json = try files.optional("pcrs") {
            registers = try TpmRegisters(json: json)
        } else {
            registers = try decode(TrusteeEvidence.self, try files.required("json"), "json").registers
        }
        let (key, root) = try key(files)
        var log: EventLog?
        if let bytes = try files.optional("event_log") { log = try EventLog(parsing: bytes) }
        let evidence = TpmEvidence(
            kind: .tpm,
            quote: try TpmQuote(try files.required("attest")),
            signature: try TpmSignature(parsing: try files.required("signature")),
            key: key,
            registers: registers,
            eventLog: log
        )
        let verifier = Verifier(testOnlyRoots: [root])
        return try ConformancePolicy.answer(UnverifiedEvidence(evidence), vector, now, verifier)
    }

    /// The attestation key with its certificates, and the root: the authority's certificate, or the key itself.
    private static func key(
        _ files: EvidenceParts
    ) throws(AttestationError) -> (TpmEvidence.AttestationKey, TrustAnchor) {
        if let root = try files.optional("ak_root") {
            let names = ["ak_certificate", "ak_intermediate"]
            var chain: [[UInt8]] = []
            for name in names { chain += try files.storedCertificates(name) }
            chain.append(root)
            let area = try TpmPublicArea(parsing: try files.required("ak_public"))
            let key = try TpmEvidence.AttestationKey(publicArea: area, certificates: chain)
            return (key, try TrustAnchor(tpmAuthority: root, origin: "the index"))
        }
        let key: TpmEvidence.AttestationKey
        if let der = try files.optional("ak_spki") {
            key = TpmEvidence.AttestationKey(subjectPublicKeyInfo: der)
        } else {
            key = try TpmEvidence.AttestationKey(publicArea: TpmPublicArea(parsing: try files.required("ak_public")))
        }
        return (key, root(of: key))
    }

    private static func root(of key: TpmEvidence.AttestationKey) -> TrustAnchor {
        TrustAnchor(
            name: "attestation key",
            kinds: [.tpm],
            fingerprint: Hexadecimal.text(SHA256.hash(data: key.subjectPublicKeyInfo)),
            publicKey: key.subjectPublicKeyInfo,
            origin: "the index"
        )
    }

    /// Checks that a log replays to the entry's PCR values, if it has any.
    private static func eventLog(_ files: EvidenceParts) throws(AttestationError) -> ConformanceAnswer {
        let log = try EventLog(parsing: try files.required("event_log"))
        guard !log.events.isEmpty else {
            let found = "a header alone"
            return .reject([Finding(EventLogCheck.eventless, subject: "event log", expected: "events", found: found)])
        }
        guard let json = try files.optional("pcrs") else { return .accept }
        var findings: [Finding] = []
        for (bank, registers) in try TpmRegisters(json: json).banks {
            let replayed = try log.replay(bank)
            for (register, expected) in registers where replayed[UInt32(register)] != expected {
                findings.append(
                    Finding(EventLogCheck.replayMismatch, subject: "event log", fields: ["pcr\(register)"])
                )
            }
        }
        return findings.isEmpty ? .accept : .reject(findings)
    }

    /// Checks a JSON file in go-attestation's format.
    private static func goAttestation(
        _ vector: ConformanceVector,
        _ files: EvidenceParts,
        _ now: Date
    ) throws(AttestationError) -> ConformanceAnswer {
        let dump = try decode(GoAttestationDump.self, try files.required("json"), "json")
        let area = try TpmPublicArea(parsing: dump.key.area.bytes)
        let key = try TpmEvidence.AttestationKey(publicArea: area)
        var registers: [Int: [UInt8]] = [:]
        for register in dump.log.registers { registers[register.index] = register.digest.bytes }
        let evidence = TpmEvidence(
            kind: .tpm,
            quote: try TpmQuote(dump.quote.attestation.bytes),
            signature: try TpmSignature(parsing: dump.quote.signature.bytes),
            key: key,
            registers: TpmRegisters([.sha1: registers]),
            eventLog: try EventLog(parsing: dump.log.bytes.bytes)
        )
        let verifier = Verifier(testOnlyRoots: [root(of: key)])
        return try ConformancePolicy.answer(UnverifiedEvidence(evidence), vector, now, verifier)
    }

    private static func decode<Value: Decodable>(
        _ type: Value.Type,
        _ json: [UInt8],
        _ name: String
    ) throws(AttestationError) -> Value {
        do throws(JSONError) {
            return try JSONText.decode(type, from: json, unknownNames: .ignored)
        } catch {
            throw AttestationError(EvidenceCheck.fieldInvalid, subject: name, found: error.description)
        }
    }
}

/// Evidence in trustee's format: all PCRs of one bank, in order.
private struct TrusteeEvidence: Decodable {
    private struct Quote: Decodable {
        let pcrs: [String]
    }

    private enum Key: String, CodingKey {
        case quote = "tpm_quote"
    }

    let registers: TpmRegisters

    init(from decoder: any Decoder) throws {
        let quote = try decoder.container(keyedBy: Key.self).decode(Quote.self, forKey: .quote)
        let values = quote.pcrs.enumerated().map { ($0.offset, Hexadecimal.bytes($0.element) ?? []) }
        registers = TpmRegisters([.sha256: Dictionary(uniqueKeysWithValues: values)])
    }
}

/// A JSON dump of go-attestation.
private struct GoAttestationDump: Decodable {
    struct PublicKey: Decodable {
        let area: Base64Bytes

        private enum CodingKeys: String, CodingKey {
            case area = "Public"
        }
    }
    struct SignedQuote: Decodable {
        let attestation: Base64Bytes
        let signature: Base64Bytes

        private enum CodingKeys: String, CodingKey {
            case attestation = "Quote"
            case signature = "Signature"
        }
    }
    struct Register: Decodable {
        let index: Int
        let digest: Base64Bytes

        private enum CodingKeys: String, CodingKey {
            case index = "Index"
            case digest = "Digest"
        }
    }
    struct MeasurementLog: Decodable {
        let registers: [Register]
        let bytes: Base64Bytes

        private enum CodingKeys: String, CodingKey {
            case registers = "PCRs"
            case bytes = "Raw"
        }
    }

    let key: PublicKey
    let quote: SignedQuote
    let log: MeasurementLog

    private enum CodingKeys: String, CodingKey {
        case key = "AK"
        case quote = "Quote"
        case log = "Log"
    }
}
