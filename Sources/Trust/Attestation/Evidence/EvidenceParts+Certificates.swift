extension EvidenceParts {
    /// The names of all parts that some kind of evidence has, and of notes beside them.
    static let knownNames: Set<String> = [
        "report", "vcek", "vlek", "ask", "asvk", "ark", "crl", "auxblob", "quote", "collateral", "ccel", "event_log",
        "certificate", "attest", "signature", "pcrs", "ak_public", "ak_certificate", "ak_intermediate", "ak_root",
        "ak_spki", "attestation", "hcl_report", "signature_raw", "td_quote", "document", "statement", "public_key",
        "json",
        "root", "root_ca",
    ]

    /// The error for a part that is not there.
    ///
    /// - Parameter name: The part.
    /// - Returns: `evidence.part-misnamed` where there are parts of names that no kind of evidence has, else
    ///   `evidence.part-missing`; both with the names that there are.
    func missing(_ name: String) -> AttestationError {
        let others = names.filter { !Self.knownNames.contains($0) }
        return AttestationError(
            others.isEmpty ? EvidenceCheck.partMissing : .partMisnamed,
            subject: name,
            fields: [name],
            expected: "a part `\(name)`",
            found: names.isEmpty ? "no parts" : "parts " + (others.isEmpty ? names : others).joined(separator: ", ")
        )
    }

    /// Returns an optional part that is one certificate or revocation list: in DER, or one block of PEM.
    ///
    /// - Parameters:
    ///   - name: The name, such as `vcek`.
    ///   - label: The label of a block of PEM.
    /// - Returns: DER; nil where there is no such part.
    /// - Throws: `certificate.malformed` where a text has not exactly one block, `conformance.file-unreadable`.
    func certificate(_ name: String, label: String = "CERTIFICATE") throws(AttestationError) -> [UInt8]? {
        guard let bytes = try optional(name) else { return nil }
        guard PemText.isText(bytes) else { return bytes }
        let blocks = try PemText.blocks(bytes, label: label, subject: name)
        guard blocks.count == 1 else {
            throw AttestationError(
                CertificateCheck.malformed,
                subject: name,
                fields: [name],
                expected: "one \(label) in DER or PEM",
                found: "\(blocks.count) of them in PEM"
            )
        }
        return blocks[0]
    }

    /// Returns the certificates of an optional part that a TPM's storage may have padded, leaf first.
    ///
    /// A TPM's NV index is often larger than its certificate, and the rest of it is all 0x00 or all 0xFF.
    ///
    /// - Parameter name: The name, such as `ak_certificate`.
    /// - Returns: Certificates in DER: one, or those of a text in PEM; empty where there is no such part.
    /// - Throws: `certificate.malformed`, `conformance.file-unreadable`.
    func storedCertificates(_ name: String) throws(AttestationError) -> [[UInt8]] {
        guard let bytes = try optional(name) else { return [] }
        guard PemText.isText(bytes) else { return [DerField.withoutPadding(bytes)] }
        return try PemText.blocks(bytes, subject: name)
    }
}

extension PemText {
    /// Whether bytes are a text in PEM, perhaps after white space.
    static func isText(_ bytes: [UInt8]) -> Bool {
        bytes.drop { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }.starts(with: "-----BEGIN ".utf8)
    }
}

extension DerField {
    /// The size of the DER value at the start of bytes, with its head; nil where there is none of up to four length bytes.
    static func size(of bytes: [UInt8]) -> Int? {
        guard bytes.count >= 2 else { return nil }
        guard bytes[1] >= 0x80 else { return 2 + Int(bytes[1]) }
        let count = Int(bytes[1] & 0x7F)
        guard (1...4).contains(count), bytes.count >= 2 + count else { return nil }
        return bytes[2..<(2 + count)].reduce(0) { $0 << 8 | Int($1) } + 2 + count
    }

    /// A DER value without what follows it, if that is padding: all bytes 0x00, or all 0xFF.
    static func withoutPadding(_ bytes: [UInt8]) -> [UInt8] {
        guard let size = size(of: bytes), size < bytes.count else { return bytes }
        let rest = bytes[size...]
        let isPadding = rest.allSatisfy { $0 == 0 } || rest.allSatisfy { $0 == 0xFF }
        return isPadding ? Array(bytes[..<size]) : bytes
    }

    /// What bytes are that should have been one DER value, in words for findings.
    static func description(of bytes: [UInt8]) -> String {
        if bytes.isEmpty { return "nothing" }
        if PemText.isText(bytes) { return "a text in PEM" }
        guard bytes[0] == 0x30, let size = size(of: bytes) else {
            return "\(bytes.count) bytes that begin with 0x" + String(bytes[0], radix: 16)
        }
        if size > bytes.count { return "the first \(bytes.count) of \(size) bytes" }
        if size < bytes.count { return "\(size) bytes, and \(bytes.count - size) more behind them" }
        return "\(size) bytes of another structure"
    }
}
