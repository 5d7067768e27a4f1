extension ConformanceResult {
    /// The reason for the answer in one line; for a refusal, all findings.
    public var reason: String {
        switch answer {
        case .accept: "signatures, chain and dates are right, and no list that came along withdraws a certificate"
        case .acceptWithStatus(let status): "authentic, but its vendor says \(status.rawValue)"
        case .reject(let findings): findings.map(\.description).joined(separator: " | ")
        case .unsupported: "no kind that this verifier knows"
        }
    }

    /// The answer's name in a conformance index, or `unsupported`.
    public var answerName: String {
        switch answer {
        case .accept: ConformanceVector.Verdict.accept.rawValue
        case .acceptWithStatus: ConformanceVector.Verdict.acceptWithStatus.rawValue
        case .reject: ConformanceVector.Verdict.reject.rawValue
        case .unsupported: "unsupported"
        }
    }

    /// The status of `accept-with-status`; nil for other answers.
    public var status: TCBStatus? {
        guard case .acceptWithStatus(let status) = answer else { return nil }
        return status
    }

    /// The findings of `reject`; empty for other answers.
    public var findings: [Finding] {
        guard case .reject(let findings) = answer else { return [] }
        return findings
    }
}
