import FoundationEssentials

extension ConformanceRunner {
    /// Checks an entry of the kind `nitro`: a document, or only the root.
    static func nitro(
        _ vector: ConformanceVector,
        _ files: EvidenceParts,
        _ now: Date
    ) throws(AttestationError) -> ConformanceAnswer {
        guard files.has("document") else { return try root(files.required("root"), .nitro, now) }
        return try whole(.nitro, vector, files, now)
    }
}
