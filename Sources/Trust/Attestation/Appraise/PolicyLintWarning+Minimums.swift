extension AppraisalPolicy.PlatformRule {
    /// What a table of published minimum versions and known weaknesses says of the rule.
    ///
    /// - Parameters:
    ///   - kind: The rule's platform.
    ///   - table: The table.
    /// - Returns: The warnings, line by line.
    func remarks(_ kind: EvidenceKind, comparedWith table: MinimumVersions) -> [PolicyLintWarning] {
        guard [.snp, .azureVtpm].contains(kind) else { return [] }
        var remarks: [PolicyLintWarning] = []
        for (line, minimum) in minimumTCB.sorted(by: { $0.key < $1.key }) {
            let path = "platforms.\(kind.rawValue).minimumTcb.\(line)"
            let missing = missingMinimums(of: line)
            if !missing.isEmpty {
                remarks.append(
                    PolicyLintWarning(
                        id: .minimumMissing,
                        path: path,
                        advice: "Refused without a least version of \(missing.joined(separator: ", "))."
                    )
                )
            }
            for (component, least) in (table.lines[line]?.components ?? [:]).sorted(by: { $0.key < $1.key })
            where (minimum[component] ?? 0) < least {
                let source = table.lines[line]?.sources.joined(separator: ", ") ?? ""
                remarks.append(
                    PolicyLintWarning(
                        id: .minimumOld,
                        path: "\(path).\(component)",
                        advice: "The table of \(table.day) demands at least \(least) (\(source))."
                    )
                )
            }
        }
        let lines = products.isEmpty ? minimumTCB.keys.sorted() : products
        for weakness in table.weaknesses where lines.contains(weakness.line) {
            remarks.append(
                PolicyLintWarning(
                    id: .lineWeak,
                    path: "platforms.\(kind.rawValue).products",
                    advice: "\(weakness.line): \(weakness.summary) (\(weakness.source))."
                )
            )
        }
        return remarks
    }
}
