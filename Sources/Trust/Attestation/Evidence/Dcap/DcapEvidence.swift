/// An SGX or TDX quote with optional collateral and event log.
struct DcapEvidence: EvidenceFormat {
    /// The largest quote that is parsed, in bytes; the certificates are most of it.
    static let maximumByteCount = 1 << 17

    /// The quote.
    let quote: DcapQuote
    /// Intel's collateral; nil where there is none, and then the TCB status is unknown.
    let collateral: DcapCollateral?
    /// The event log of RTMR0 to RTMR3; nil where there is none.
    let eventLog: RuntimeEventLog?

    /// `sgx` or `tdx` by the quote's header, or the kind of the evidence that contains the quote.
    var kind: EvidenceKind

    /// Parses a quote.
    ///
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
    ///   - dcapQuote: The quote; trailing bytes of its buffer are ignored.
    ///   - collateral: Intel's collateral in `dcap-qvl`'s JSON; without it the claims' status is
    ///     ``TCBStatus/notAppraised``.
    ///   - eventLog: The event log of a trust domain's runtime measurements: the content of the ACPI table's area
    ///     (CCEL).
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
    /// Parses the parts of an evidence bundle: `quote`, and optionally `collateral` and the log, `ccel` or `event_log`.
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

    /// The quote must be of the kind that the bundle states, because a policy's rules depend on it.
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
