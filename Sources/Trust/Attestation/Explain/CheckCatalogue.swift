/// The catalogue of all checks, by name.
public struct CheckCatalogue: Sendable {
    /// One check with its explanation.
    public struct Entry: Sendable, Hashable {
        /// The check's stable name, such as `certificate.expired`.
        public let id: String
        /// What the check requires, and what to do where it fails.
        public let explanation: Explanation
        /// Whether a policy may waive it.
        public let isReservation: Bool
    }

    /// The catalogue of this library.
    public static let shared = CheckCatalogue(groups)

    /// The checks, sorted by name.
    public let entries: [Entry]

    private static let groups: [any Check.Type] = [
        EvidenceCheck.self, CertificateCheck.self, EndorsementCheck.self, ConformanceCheck.self,
        SnpCheck.self, NitroCheck.self, AzureCheck.self, PolicyCheck.self, PolicyFileCheck.self,
        DcapCheck.self, TdxCheck.self, SgxCheck.self, TpmCheck.self, EventLogCheck.self, ProcessCheck.self,
        ConnectionCheck.self, MinimumTableCheck.self,
    ]

    private init(_ groups: [any Check.Type]) {
        entries = groups.flatMap { Self.entries(of: $0) }.sorted { $0.id < $1.id }
    }

    /// Looks up a check by name.
    ///
    /// - Parameter id: A stable name, as in a finding.
    /// - Returns: nil where no check has that name.
    public func entry(_ id: String) -> Entry? {
        entries.first { $0.id == id }
    }

    private static func entries<Group: Check>(of group: Group.Type) -> [Entry] {
        group.allCases.map { Entry(id: $0.rawValue, explanation: $0.explanation, isReservation: $0.isReservation) }
    }
}
