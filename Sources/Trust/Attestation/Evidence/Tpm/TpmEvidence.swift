import Crypto
import Diagnostics

/// A quote of a TPM with what came along: the registers' values, the key's public part and certificates, an event log.
struct TpmEvidence: EvidenceFormat {
    /// `tpm`, or `vtpm` for a developer's software TPM.
    let kind: EvidenceKind
    /// What the TPM signed.
    let quote: TpmQuote
    /// The signature.
    let signature: TpmSignature
    /// The attestation key.
    let key: AttestationKey
    /// The values that the quote's digest is of.
    let registers: TpmRegisters
    /// The log behind them; nil where none came.
    let eventLog: EventLog?

    /// The attestation key, and who vouches for it.
    struct AttestationKey: Sendable {
        /// The TPM's own description; nil where only the key came.
        let publicArea: TpmPublicArea?
        /// The key in DER.
        let subjectPublicKeyInfo: [UInt8]
        /// Its certificates, leaf first; empty where the key itself, or its activation, must be trusted.
        let certificates: [[UInt8]]
        /// Its activation: an endorsement key of a known manufacturer lives in the same TPM.
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

        /// A key of which no public area came: its attributes are somebody else's word.
        init(subjectPublicKeyInfo: [UInt8], certificates: [[UInt8]] = []) {
            publicArea = nil
            self.subjectPublicKeyInfo = subjectPublicKeyInfo
            self.certificates = certificates
            activation = nil
        }
    }
}

extension UnverifiedEvidence {
    /// Parses a TPM's quote whose attestation key an authority certified.
    ///
    /// - Parameters:
    ///   - tpmQuote: `TPMS_ATTEST`.
    ///   - signature: `TPMT_SIGNATURE`.
    ///   - publicArea: The attestation key: `TPMT_PUBLIC` or `TPM2B_PUBLIC`.
    ///   - certificates: The key's certificates in DER, leaf first.
    ///   - registers: The values of exactly the registers that were quoted.
    ///   - eventLog: The firmware's log; nil where none is at hand.
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

    /// Parses a TPM's quote whose attestation key was shown to lie in a TPM of a known manufacturer.
    ///
    /// - Parameters:
    ///   - tpmQuote: `TPMS_ATTEST`.
    ///   - signature: `TPMT_SIGNATURE`.
    ///   - activatedKey: What ``CredentialChallenge/activatedKey(returning:)`` gave for the key.
    ///   - registers: The values of exactly the registers that were quoted.
    ///   - eventLog: The firmware's log; nil where none is at hand.
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
    /// It is of the kind ``EvidenceKind/developerVtpm``: a ``Verifier`` must be given a developer's root, which is the
    /// authority that certified the attestation key or, where no certificate came, that key itself.
    ///
    /// - Parameters:
    ///   - developerQuote: `TPMS_ATTEST`.
    ///   - signature: `TPMT_SIGNATURE`.
    ///   - publicArea: The attestation key: `TPMT_PUBLIC` or `TPM2B_PUBLIC`.
    ///   - certificates: The key's certificates in DER, leaf first; empty where the key itself is the root.
    ///   - registers: The values of exactly the registers that were quoted.
    ///   - eventLog: The firmware's log; nil where none is at hand.
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
    /// The authority of a TPM's manufacturer or of a cloud that certifies keys of TPMs.
    ///
    /// - Parameters:
    ///   - tpmAuthority: Its certificate in DER.
    ///   - origin: Where it is published.
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

    /// The authority of a developer, which certifies the attestation keys of that developer's software TPMs.
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

    /// The attestation key of a developer's software TPM.
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
    /// Takes a quote's parts: `attest`, `signature`, `ak_public`, `pcrs`, the certificates `ak_certificate` and
    /// `ak_intermediate`, and where it is at hand `event_log`.
    static func tpm(_ parts: EvidenceParts) throws(AttestationError) -> UnverifiedEvidence {
        var certificates = [try parts.required("ak_certificate")]
        if let issuer = try parts.optional("ak_intermediate") { certificates.append(issuer) }
        return try UnverifiedEvidence(
            tpmQuote: try parts.required("attest"),
            signature: try parts.required("signature"),
            publicArea: try parts.required("ak_public"),
            certificates: certificates,
            registers: try TpmRegisters(json: try parts.required("pcrs")),
            eventLog: try parts.optional("event_log")
        )
    }

    /// Takes the same parts of a developer's TPM, where both certificates may be missing.
    static func developerVtpm(_ parts: EvidenceParts) throws(AttestationError) -> UnverifiedEvidence {
        var certificates: [[UInt8]] = []
        for name in ["ak_certificate", "ak_intermediate"] {
            if let certificate = try parts.optional(name) { certificates.append(certificate) }
        }
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
