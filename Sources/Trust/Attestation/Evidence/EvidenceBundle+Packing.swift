import Diagnostics
import StrictJSON

extension EvidenceBundle {
    /// The name under which AMD's key distribution service hands out an intermediate and a root in one text.
    package static let chainName = "cert_chain"

    /// Packs files as platforms and tools write them.
    ///
    /// Certificates may be in DER or PEM, and padded as a TPM stores them; they are packed in DER. `cert_chain` is AMD's
    /// text of an intermediate and a root. `pcrs` may be the text that tpm2_pcrread prints. Everything else is packed as it is.
    ///
    /// - Parameters:
    ///   - files: The files' contents by the parts' names.
    ///   - kind: The kind; nil to tell it by the parts.
    /// - Throws: `evidence.kind-unknown` where the parts are of no kind, `evidence.part-misnamed` for a name that no kind has,
    ///   and what is wrong with a certificate or a text.
    package init(packing files: [String: [UInt8]], as kind: EvidenceKind?) throws(AttestationError) {
        var files = files
        let known = EvidenceParts.knownNames.union([Self.chainName])
        if let other = files.keys.sorted().first(where: { !known.contains($0) }) {
            throw AttestationError(
                EvidenceCheck.partMisnamed,
                subject: other,
                fields: [other],
                expected: known.sorted().joined(separator: ", "),
                found: other
            )
        }
        var told = kind
        if told == nil { told = try Self.kind(of: files) }
        guard let kind = told else {
            throw AttestationError(
                EvidenceCheck.kindUnknown,
                subject: "parts",
                fields: files.keys.sorted(),
                expected: "report, quote, attest, attestation, hcl_report or document",
                found: files.keys.sorted().joined(separator: ", ")
            )
        }
        if let chain = files.removeValue(forKey: Self.chainName) { try Self.split(chain, into: &files) }
        let parts = EvidenceParts(files)
        for name in ["vcek", "vlek", "ask", "asvk", "ark"] { files[name] = try parts.certificate(name) }
        files["crl"] = try parts.certificate("crl", label: "X509 CRL")
        for name in ["ak_certificate", "ak_intermediate", "ak_root"] {
            let blocks = try parts.storedCertificates(name)
            // Several certificates have no other form than a text.
            if blocks.count == 1 { files[name] = blocks[0] }
        }
        for (name, bytes) in files where Self.certificates.contains(name) && !PemText.isText(bytes) {
            _ = try Certificate(der: bytes, role: name)
        }
        if let text = files["pcrs"] { files["pcrs"] = try Self.registers(text) }
        self.init(kind: kind, parts: files)
    }

    /// The parts that are certificates.
    private static let certificates: Set<String> = [
        "vcek", "vlek", "ask", "asvk", "ark", "ak_certificate", "ak_intermediate", "ak_root",
    ]

    /// The kind that parts make up; nil where they make up none.
    private static func kind(of files: [String: [UInt8]]) throws(AttestationError) -> EvidenceKind? {
        if files["hcl_report"] != nil { return .azureVtpm }
        if files["report"] != nil { return .snp }
        if let quote = files["quote"] { return try DcapQuote(parsing: quote).isTrustDomain ? .tdx : .sgx }
        if let document = files["document"] { return try NitroDocument(document).kind }
        if files["attest"] != nil || files["attestation"] != nil { return .tpm }
        return files["statement"] == nil ? nil : .developerProcess
    }

    /// Splits AMD's text of two certificates: the first is of the kind of key that the report names.
    private static func split(_ chain: [UInt8], into files: inout [String: [UInt8]]) throws(AttestationError) {
        let blocks = try PemText.blocks(chain, subject: chainName)
        guard blocks.count == 2 else {
            throw AttestationError(
                CertificateCheck.malformed,
                subject: chainName,
                fields: [chainName],
                expected: "two certificates in PEM: ASK or ASVK, and ARK",
                found: "\(blocks.count)"
            )
        }
        let intermediate = try Certificate(der: blocks[0], role: chainName)
        files[intermediate.commonName.hasPrefix("SEV-VLEK") ? "asvk" : "ask"] = blocks[0]
        files["ark"] = blocks[1]
    }

    /// Register values in JSON, out of JSON or of what tpm2_pcrread prints: a bank a line, then `0 : 0x00…` below it.
    private static func registers(_ text: [UInt8]) throws(AttestationError) -> [UInt8] {
        if text.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) == UInt8(ascii: "{") {
            _ = try TpmRegisters(json: text)
            return text
        }
        var banks: [String: [String: String]] = [:]
        var bank: String?
        for line in String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline) {
            let halves = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                .map { $0.filter { !$0.isWhitespace } }
            guard halves.count == 2 else { throw registersInvalid(line) }
            if halves[1].isEmpty {
                bank = halves[0]
                banks[halves[0]] = [:]
            } else {
                guard let bank, halves[1].lowercased().hasPrefix("0x") else { throw registersInvalid(line) }
                banks[bank]?[halves[0]] = String(halves[1].dropFirst(2)).lowercased()
            }
        }
        guard let json = JSONDocument.bytes(banks.filter { !$0.value.isEmpty }).map(Array.init) else {
            throw registersInvalid("")
        }
        _ = try TpmRegisters(json: json)
        return json
    }

    private static func registersInvalid(_ line: Substring) -> AttestationError {
        AttestationError(
            EvidenceCheck.fieldInvalid,
            subject: "pcrs",
            fields: ["pcrs"],
            expected: "JSON, or the lines of tpm2_pcrread: `sha256:`, then `0 : 0x…`",
            found: String(line)
        )
    }
}
