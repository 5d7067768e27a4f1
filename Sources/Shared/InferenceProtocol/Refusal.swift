/// The body of every answer that is not a success.
public struct Refusal: Codable, Sendable, Equatable {
    /// The stable name of the failure, such as `image.truncated`.
    public let code: String
    /// What happened and what to do; the Open Inference Protocol's key for it.
    public let error: String

    /// Joins a code with its sentence.
    public init(code: String, error: String) {
        self.code = code
        self.error = error
    }
}
