public import FoundationEssentials

/// The verifier's answer to a vector.
public enum ConformanceAnswer: Sendable {
    case accept
    /// Authentic, with the vendor's TCB status.
    case acceptWithStatus(TCBStatus)
    case reject([Finding])
    /// The kind is not supported; counts as neither right nor wrong.
    case unsupported
}

/// A vector with the verifier's answer.
public struct ConformanceResult: Sendable {
    /// The vector.
    public let vector: ConformanceVector
    /// The verifier's answer.
    public let answer: ConformanceAnswer

    /// Whether the answer is the expected one; nil where the kind is not supported.
    public var agrees: Bool? {
        switch (answer, vector.verdict) {
        case (.unsupported, _): nil
        case (.accept, .accept), (.reject, .reject): true
        case (.acceptWithStatus(let status), .acceptWithStatus): vector.status.map { $0 == status.rawValue } ?? true
        default: false
        }
    }
}

/// Runs the vectors of a conformance index.
public struct ConformanceRunner: Sendable {
    /// Checks one vector.
    ///
    /// A thrown error counts as a refusal with that finding.
    public typealias Examiner =
        @Sendable (ConformanceVector, EvidenceParts, Date) throws(AttestationError) -> ConformanceAnswer

    /// The kinds that this library checks, by their names in the index.
    public static let builtIn: [String: Examiner] = [
        "snp": snp, "nitro": nitro, "sgx": dcap, "tdx": dcap, "tpm": tpm,
        "nitrotpm": { vector, files, now throws(AttestationError) in try whole(.nitroTpm, vector, files, now) },
        "azure-vtpm": { vector, files, now throws(AttestationError) in try whole(.azureVtpm, vector, files, now) },
    ]

    private let index: ConformanceIndex
    private let examiners: [String: Examiner]
    private let clock: Date

    /// Creates a runner.
    ///
    /// - Parameters:
    ///   - index: The vectors.
    ///   - clock: The time for entries without one.
    ///   - others: Functions for further kinds, or replacements for built-in ones.
    public init(_ index: ConformanceIndex, clock: Date, others: [String: Examiner] = [:]) {
        self.index = index
        self.clock = clock
        examiners = Self.builtIn.merging(others) { $1 }
    }

    /// Runs one vector.
    ///
    /// - Parameter vector: A vector of the runner's index.
    /// - Returns: The vector with its answer.
    public func run(_ vector: ConformanceVector) -> ConformanceResult {
        guard let examine = examiners[vector.kind] else {
            return ConformanceResult(vector: vector, answer: .unsupported)
        }
        do throws(AttestationError) {
            let answer = try examine(vector, index.files(of: vector), vector.verifyAt ?? clock)
            return ConformanceResult(vector: vector, answer: answer)
        } catch {
            return ConformanceResult(vector: vector, answer: .reject([error.finding]))
        }
    }
}

extension ConformanceRunner {
    /// Checks an entry whose files are the parts of an evidence bundle.
    static func whole(
        _ kind: EvidenceKind,
        _ vector: ConformanceVector,
        _ files: EvidenceParts,
        _ now: Date
    ) throws(AttestationError) -> ConformanceAnswer {
        try ConformancePolicy.answer(UnverifiedEvidence(kind: kind, parts: files), vector, now)
    }

    /// Checks only a root certificate: whether it is trusted, self-signed and valid.
    static func root(
        _ der: [UInt8],
        _ kind: EvidenceKind,
        _ now: Date
    ) throws(AttestationError) -> ConformanceAnswer {
        let link = CertificateChain.Link("root", try Certificate(der: der, role: "root"))
        var work = VerificationContext(now: now, anchors: TrustAnchor.vendors)
        _ = CertificateChain(leafFirst: [link]).verify(kind: kind, &work)
        return work.findings.isEmpty ? .accept : .reject(work.findings)
    }
}
