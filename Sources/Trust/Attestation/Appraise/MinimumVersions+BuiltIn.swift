extension MinimumVersions {
    /// The table of this version of the program.
    ///
    /// Milan-X, Genoa-X, Bergamo and Siena count their microcode otherwise than the processors for which these numbers were
    /// published; a policy for them states its own.
    public static let builtIn = MinimumVersions(
        day: PolicyDate("2026-11-30") ?? .epoch,
        lines: [
            "Milan": Line(
                components: ["bootloader": 4, "snp": 24, "microcode": 219],
                sources: ["AMD-SB-3019", "CCF's documentation of March 2026 (tcb_version db18000000000004)"]
            ),
            "Genoa": Line(
                components: ["snp": 27, "microcode": 86],
                sources: ["AMD-SB-3019", "AMD-SB-3020", "AMD-SB-3027"]
            ),
            "Turin": Line(
                components: ["bootloader": 1, "snp": 2, "microcode": 71],
                sources: ["a public report of July 2025 (project Oak); AMD-SB-3019 to AMD-SB-3034 may demand more"]
            ),
        ],
        weaknesses: [
            Weakness(
                line: "Milan",
                summary: "the root secret of its signing keys can be extracted by software, which forges any report",
                source: "arXiv:2605.12990, AMD-SB-3045"
            )
        ]
    )
}
