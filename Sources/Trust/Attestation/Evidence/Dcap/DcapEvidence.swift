/// A quote of SGX or TDX with what came along: collateral, and the domain's event log.
struct DcapEvidence: EvidenceFormat {
    /// The largest quote that is read: the certificates in it make up most of it.
    static let maximumByteCount = 1 << 17

    /// The quote.
    let quote: DcapQuote
    /// Intel's statements about the platform; nil where none came, and then nothing says how current it is.
    let collateral: DcapCollateral?
    /// The log behind RTMR0 to RTMR3; nil where none came.
    let eventLog: RuntimeEventLog?

    /// `sgx` or `tdx`, as the quote's header says, or that of the evidence which it is a part of.
    var kind: EvidenceKind

    /// - Throws: `evidence.*`, `dcap.collateral-malformed`, `eventlog.malformed`.
    init(quote: [UInt8], collateral: DcapCollateral?, eventLog: RuntimeEventLog? = nil) throws(AttestationError) {
        guard quote.count <= Self.maximumByteCount else {
            throw AttestationError(
                EvidenceCheck.tooLarge,
                subject: "quote",
                expected: "at most \(Self.maximumByteCount) bytes",
                found: "\(quote.count) bytes"
            )
        }
        let quote = try DcapQuote(parsing: quote)
        kind = quote.isTrustDomain ? .tdx : .sgx
        self.quote = quote
        self.collateral = collateral
        self.eventLog = eventLog
    }
}

extension UnverifiedEvidence {
    /// Parses a quote of Intel SGX (version 3) or TDX (versions 4 and 5).
    ///
    /// - Parameters:
    ///   - dcapQuote: The quote; the rest of its buffer may follow, and is not looked at.
    ///   - collateral: Intel's signed statements in `dcap-qvl`'s JSON; nil where none are at hand, and then the claims'
    ///     status is ``TCBStatus/notAppraised``.
    ///   - eventLog: The log behind a trust domain's runtime measurements: the content of the ACPI table's area (CCEL).
    /// - Throws: `evidence.*`, `dcap.collateral-malformed`, `eventlog.*`.
    public init(dcapQuote: [UInt8], collateral: [UInt8]? = nil, eventLog: [UInt8]? = nil) throws(AttestationError) {
        var parsedCollateral: DcapCollateral?
        if let collateral { parsedCollateral = try DcapCollateral(parsing: collateral) }
        var parsedLog: RuntimeEventLog?
        if let eventLog { parsedLog = try RuntimeEventLog(confidentialComputing: eventLog) }
        self.init(try DcapEvidence(quote: dcapQuote, collateral: parsedCollateral, eventLog: parsedLog))
    }
}

extension UnverifiedEvidence {
    /// Takes a quote's parts: `quote`, and where they are at hand `collateral` and the log, `ccel` or `event_log`.
    init(dcap parts: EvidenceParts) throws(AttestationError) {
        var log: RuntimeEventLog?
        if let area = try parts.optional("ccel") { log = try RuntimeEventLog(confidentialComputing: area) }
        if let events = try parts.optional("event_log") { log = try RuntimeEventLog(json: events) }
        var collateral: DcapCollateral?
        if let json = try parts.optional("collateral") { collateral = try DcapCollateral(parsing: json) }
        let quote = try parts.required("quote")
        self.init(try DcapEvidence(quote: quote, collateral: collateral, eventLog: log))
    }

    static func sgx(_ parts: EvidenceParts) throws(AttestationError) -> UnverifiedEvidence {
        try dcap(parts, .sgx)
    }

    static func tdx(_ parts: EvidenceParts) throws(AttestationError) -> UnverifiedEvidence {
        try dcap(parts, .tdx)
    }

    /// A quote must be of the kind that its sender says: a policy's rules go by it.
    private static func dcap(_ parts: EvidenceParts, _ kind: EvidenceKind) throws(AttestationError) -> Self {
        let evidence = try UnverifiedEvidence(dcap: parts)
        guard evidence.kind == kind else {
            throw AttestationError(
                EvidenceCheck.fieldInvalid,
                subject: "quote",
                fields: ["TEE type"],
                expected: kind.rawValue,
                found: evidence.kind.rawValue
            )
        }
        return evidence
    }
}
