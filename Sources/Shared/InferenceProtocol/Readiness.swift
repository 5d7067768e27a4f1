/// The response of `GET /v2/health/ready`.
public struct Readiness: Codable, Sendable, Equatable {
    /// The codes of temporary states.
    private static let passing: Set<String> = ["loading"]

    /// Whether the server is ready for evaluations.
    public let ready: Bool
    /// Why it is not: `loading`, `stopping`, or the code of a failure.
    public let code: String?

    /// Whether the server may become ready without intervention.
    public var mayBecomeReady: Bool {
        ready || Self.passing.contains(code ?? "")
    }

    /// Joins a state with its reason.
    public init(ready: Bool, code: String?) {
        self.ready = ready
        self.code = code
    }
}
