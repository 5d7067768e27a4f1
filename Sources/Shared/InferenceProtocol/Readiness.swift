/// The answer of `GET /v2/health/ready`.
public struct Readiness: Codable, Sendable, Equatable {
    /// The codes that may still turn into "ready" without anybody's help.
    private static let passing: Set<String> = ["loading"]

    /// Whether the server answers evaluations.
    public let ready: Bool
    /// Why it does not: `loading`, `stopping`, or the code of what failed.
    public let code: String?

    /// Whether waiting may help.
    public var mayBecomeReady: Bool {
        ready || Self.passing.contains(code ?? "")
    }

    /// Joins a state with its reason.
    public init(ready: Bool, code: String?) {
        self.ready = ready
        self.code = code
    }
}
