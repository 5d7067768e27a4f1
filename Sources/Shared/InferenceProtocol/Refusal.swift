/// The response body of every failure.
public struct Refusal: Codable, Sendable, Equatable {
    /// The stable code of the failure, such as `image.truncated`.
    public let code: String
    /// What happened and what to do, under the key of the Open Inference Protocol.
    public let error: String

    /// Joins a code with its sentence.
    public init(code: String, error: String) {
        self.code = code
        self.error = error
    }
}
