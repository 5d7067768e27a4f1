public import FoundationEssentials

/// What a verifier answered to a vector.
public enum ConformanceAnswer: Sendable {
    case accept
    /// The vendor's word for the platform.
    case acceptWithStatus(TCBStatus)
    case reject([Finding])
    /// Not a kind that this verifier knows: counts as neither right nor wrong.
    case unsupported
}

/// A vector with the answer it got.
public struct ConformanceResult: Sendable {
    /// The entry.
    public let vector: ConformanceVector
    /// What was answered.
    public let answer: ConformanceAnswer

    /// Whether the answer is the one that the entry states; nil where the kind is not supported.
    public var agrees: Bool? {
        switch (answer, vector.verdict) {
        case (.unsupported, _): nil
        case (.accept, .accept), (.reject, .reject): true
        case (.acceptWithStatus(let status), .acceptWithStatus): vector.status.map { $0 == status.rawValue } ?? true
        default: false
        }
    }
}

/// Answers the vectors of an index.
public struct ConformanceRunner: Sendable {
    /// Answers one vector.
    ///
    /// What it throws counts as a refusal for that reason.
    public typealias Examiner =
        @Sendable (ConformanceVector, EvidenceParts, Date) throws(AttestationError) -> ConformanceAnswer

    /// The kinds that this library answers by itself, by the index's names.
    public static let builtIn: [String: Examiner] = [
        "snp": snp, "nitro": nitro, "sgx": dcap, "tdx": dcap, "tpm": tpm,
        "azure-vtpm": { vector, files, now throws(AttestationError) in try whole(.azureVtpm, vector, files, now) },
    ]

    private let index: ConformanceIndex
    private let examiners: [String: Examiner]
    private let clock: Date

    /// Prepares to answer.
    ///
    /// - Parameters:
    ///   - index: The vectors.
    ///   - clock: The time for entries that state none.
    ///   - others: Kinds that the caller answers, or answers instead of this library.
    public init(_ index: ConformanceIndex, clock: Date, others: [String: Examiner] = [:]) {
        self.index = index
        self.clock = clock
        examiners = Self.builtIn.merging(others) { $1 }
    }

    /// Answers one vector.
    ///
    /// - Parameter vector: Of the runner's index.
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
    /// Answers an entry that is evidence as a bundle has it.
    static func whole(
        _ kind: EvidenceKind,
        _ vector: ConformanceVector,
        _ files: EvidenceParts,
        _ now: Date
    ) throws(AttestationError) -> ConformanceAnswer {
        try ConformancePolicy.answer(UnverifiedEvidence(kind: kind, parts: files), vector, now)
    }

    /// Looks at a root alone: whether it is one that is trusted, signed by itself, and valid.
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
