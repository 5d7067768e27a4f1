extension MinimumVersions {
    /// Where a machine's firmware is older than the table demands, and what is known of its processors.
    ///
    /// - Parameter claims: The claims of verified evidence.
    /// - Returns: A sentence each; empty where the table demands nothing more.
    package func shortfalls(of claims: Claims) -> [String] {
        guard claims.reportVersion != nil else { return [] }
        let source = lines[claims.tcbLine]?.sources.joined(separator: ", ") ?? ""
        let components = (lines[claims.tcbLine]?.components ?? [:]).sorted { $0.key < $1.key }
        let low = components.filter { (claims.tcb[$0.key] ?? 0) < $0.value }.map { name, least in
            "\(name) \(claims.tcb[name] ?? 0): the table of \(day) demands at least \(least) (\(source))"
        }
        return low
            + weaknesses.filter { $0.line == claims.tcbLine }.map { "\($0.line): \($0.summary) (\($0.source))" }
    }
}
