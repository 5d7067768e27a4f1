import Crypto
import Diagnostics

/// A TPM quote with the PCR values, the attestation key with its certificates, and an optional event log.
struct TpmEvidence: EvidenceFormat {
    /// `tpm`, or `vtpm` for a developer's software TPM.
    let kind: EvidenceKind
    /// The quoted structure.
    let quote: TpmQuote
    /// The signature.
    let signature: TpmSignature
    /// The attestation key.
    let key: AttestationKey
    /// The PCR values that the quote's digest covers.
    let registers: TpmRegisters
    /// The event log of these values; nil where there is none.
    let eventLog: EventLog?

    /// The attestation key and its endorsement.
    struct AttestationKey: Sendable {
        /// The TPM's public area; nil where only the key is known.
        let publicArea: TpmPublicArea?
        /// The key in DER.
        let subjectPublicKeyInfo: [UInt8]
        /// Its certificates, leaf first; empty where the key itself, or its activation, is trusted.
        let certificates: [[UInt8]]
        /// The credential activation, which proves that the key is in the same TPM as a manufacturer's endorsement key.
        let activation: ActivatedKey?

        init(
            publicArea: TpmPublicArea,
            certificates: [[UInt8]] = [],
            activation: ActivatedKey? = nil
        ) throws(AttestationError) {
            self.publicArea = publicArea
            subjectPublicKeyInfo = try publicArea.subjectPublicKeyInfo(subject: "attestation key")
            self.certificates = certificates
            self.activation = activation
        }

        /// Creates a key without a public area; its attributes cannot be checked.
        init(subjectPublicKeyInfo: [UInt8], certificates: [[UInt8]] = []) {
            publicArea = nil
            self.subjectPublicKeyInfo = subjectPublicKeyInfo
            self.certificates = certificates
            activation = nil
        }
    }
}

extension UnverifiedEvidence {
    /// Parses a TPM quote whose attestation key an authority certified.
    ///
    /// - Parameters:
    ///   - tpmQuote: `TPMS_ATTEST`.
    ///   - signature: `TPMT_SIGNATURE`.
    ///   - publicArea: The attestation key: `TPMT_PUBLIC` or `TPM2B_PUBLIC`.
    ///   - certificates: The key's certificates in DER, leaf first.
    ///   - registers: The values of exactly the quoted PCRs.
    ///   - eventLog: The firmware's event log; nil where there is none.
    /// - Throws: `evidence.*`, `eventlog.malformed`, `certificate.algorithm-unsupported`.
    public init(
        tpmQuote: [UInt8],
        signature: [UInt8],
        publicArea: [UInt8],
        certificates: [[UInt8]],
        registers: TpmRegisters,
        eventLog: [UInt8]? = nil
    ) throws(AttestationError) {
        let area = try TpmPublicArea(parsing: publicArea)
        let key = try TpmEvidence.AttestationKey(publicArea: area, certificates: certificates)
        try self.init(.tpm, tpmQuote, signature, key, registers, eventLog)
    }

    /// Parses a TPM quote whose attestation key was proved to be in a known manufacturer's TPM.
    ///
    /// - Parameters:
    ///   - tpmQuote: `TPMS_ATTEST`.
    ///   - signature: `TPMT_SIGNATURE`.
    ///   - activatedKey: The result of ``CredentialChallenge/activatedKey(returning:)`` for the key.
    ///   - registers: The values of exactly the quoted PCRs.
    ///   - eventLog: The firmware's event log; nil where there is none.
    /// - Throws: `evidence.*`, `eventlog.malformed`.
    public init(
        tpmQuote: [UInt8],
        signature: [UInt8],
        activatedKey: ActivatedKey,
        registers: TpmRegisters,
        eventLog: [UInt8]? = nil
    ) throws(AttestationError) {
        let key = try TpmEvidence.AttestationKey(publicArea: activatedKey.publicArea, activation: activatedKey)
        try self.init(.tpm, tpmQuote, signature, key, registers, eventLog)
    }

    /// Parses a quote of a developer's software TPM.
    ///
    /// Its kind is ``EvidenceKind/developerVtpm``: the ``Verifier`` must be created with a developer's root, which is
    /// the authority that certified the attestation key or, without certificates, that key itself.
    ///
    /// - Parameters:
    ///   - developerQuote: `TPMS_ATTEST`.
    ///   - signature: `TPMT_SIGNATURE`.
    ///   - publicArea: The attestation key: `TPMT_PUBLIC` or `TPM2B_PUBLIC`.
    ///   - certificates: The key's certificates in DER, leaf first; empty where the key itself is the root.
    ///   - registers: The values of exactly the quoted PCRs.
    ///   - eventLog: The firmware's event log; nil where there is none.
    /// - Throws: `evidence.*`, `eventlog.malformed`, `certificate.algorithm-unsupported`.
    public init(
        developerQuote: [UInt8],
        signature: [UInt8],
        publicArea: [UInt8],
        certificates: [[UInt8]] = [],
        registers: TpmRegisters,
        eventLog: [UInt8]? = nil
    ) throws(AttestationError) {
        let area = try TpmPublicArea(parsing: publicArea)
        let key = try TpmEvidence.AttestationKey(publicArea: area, certificates: certificates)
        try self.init(.developerVtpm, developerQuote, signature, key, registers, eventLog)
    }

    private init(
        _ kind: EvidenceKind,
        _ quote: [UInt8],
        _ signature: [UInt8],
        _ key: TpmEvidence.AttestationKey,
        _ registers: TpmRegisters,
        _ eventLog: [UInt8]?
    ) throws(AttestationError) {
        var log: EventLog?
        if let eventLog { log = try EventLog(parsing: eventLog) }
        self.init(
            TpmEvidence(
                kind: kind,
                quote: try TpmQuote(quote),
                signature: try TpmSignature(parsing: signature),
                key: key,
                registers: registers,
                eventLog: log
            )
        )
    }
}

extension TrustAnchor {
    /// Creates the root of a TPM manufacturer, or of a cloud that certifies TPM keys.
    ///
    /// - Parameters:
    ///   - tpmAuthority: Its certificate in DER.
    ///   - origin: The URL at which it is published.
    /// - Throws: `certificate.*`.
    public init(tpmAuthority: [UInt8], origin: String) throws(AttestationError) {
        let certificate = try Certificate(der: tpmAuthority, role: "TPM authority")
        self.init(
            name: certificate.commonName,
            kinds: [.tpm],
            fingerprint: Hexadecimal.text(SHA256.hash(data: tpmAuthority)),
            publicKey: certificate.subjectPublicKeyInfo,
            origin: origin
        )
    }

    /// Creates the root of a TPM authority from a file.
    ///
    /// - Parameters:
    ///   - tpmAuthorityFile: Its certificate in DER, or one block of PEM.
    ///   - origin: The file's name.
    /// - Throws: `certificate.*`.
    package init(tpmAuthorityFile: [UInt8], origin: String) throws(AttestationError) {
        let certificate = try EvidenceParts(["ak_root": tpmAuthorityFile]).certificate("ak_root") ?? tpmAuthorityFile
        try self.init(tpmAuthority: certificate, origin: origin)
    }

    /// Creates the root of a developer's authority, which certifies attestation keys of that developer's software TPMs.
    ///
    /// - Parameter developerAuthority: Its certificate in DER.
    /// - Throws: `certificate.*`.
    public init(developerAuthority: [UInt8]) throws(AttestationError) {
        let certificate = try Certificate(der: developerAuthority, role: "developer's authority")
        self.init(
            name: certificate.commonName,
            kinds: [.developerVtpm],
            fingerprint: Hexadecimal.text(SHA256.hash(data: developerAuthority)),
            publicKey: certificate.subjectPublicKeyInfo,
            origin: "the developer's own machine"
        )
    }

    /// Creates a root that is the attestation key of a developer's software TPM.
    ///
    /// - Parameter developerKey: The key: `TPMT_PUBLIC` or `TPM2B_PUBLIC`.
    /// - Throws: `evidence.*`, `certificate.algorithm-unsupported`.
    public init(developerKey: [UInt8]) throws(AttestationError) {
        let area = try TpmPublicArea(parsing: developerKey)
        let key = try area.subjectPublicKeyInfo(subject: "developer's key")
        self.init(
            name: "developer's attestation key",
            kinds: [.developerVtpm],
            fingerprint: Hexadecimal.text(SHA256.hash(data: key)),
            publicKey: key,
            origin: "the developer's own machine"
        )
    }
}

extension UnverifiedEvidence {
    /// Parses the parts of a TPM's evidence bundle: `attest`, `signature`, `ak_public`, `pcrs`, `ak_certificate`, and
    /// optionally `ak_intermediate` and `event_log`.
    ///
    /// Certificates are in DER, perhaps padded as a TPM stores them, or in PEM. `attestation`, the message of go-tpm-tools, has
    /// all of it in one part.
    static func tpm(_ parts: EvidenceParts) throws(AttestationError) -> UnverifiedEvidence {
        if let message = try parts.optional("attestation") { return try goTpm(message, beside: parts) }
        let certificates = try parts.storedCertificates("ak_certificate") + parts.storedCertificates("ak_intermediate")
        guard !certificates.isEmpty else { throw parts.missing("ak_certificate") }
        return try UnverifiedEvidence(
            tpmQuote: try parts.required("attest"),
            signature: try parts.required("signature"),
            publicArea: try parts.required("ak_public"),
            certificates: certificates,
            registers: try TpmRegisters(json: try parts.required("pcrs")),
            eventLog: try parts.optional("event_log")
        )
    }

    /// Parses the same parts of a developer's TPM, where both certificates are optional.
    static func developerVtpm(_ parts: EvidenceParts) throws(AttestationError) -> UnverifiedEvidence {
        let certificates = try parts.storedCertificates("ak_certificate") + parts.storedCertificates("ak_intermediate")
        return try UnverifiedEvidence(
            developerQuote: try parts.required("attest"),
            signature: try parts.required("signature"),
            publicArea: try parts.required("ak_public"),
            certificates: certificates,
            registers: try TpmRegisters(json: try parts.required("pcrs")),
            eventLog: try parts.optional("event_log")
        )
    }
}
