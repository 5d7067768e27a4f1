import GRPCCore
import HTTPTypes
import InferenceServer

extension RPCError {
    /// Maps a failure to a gRPC status; the stable code is in the metadata.
    init(_ failure: Failure) {
        var metadata: Metadata = ["adyton-code": "\(failure.code)"]
        if let seconds = failure.retryAfterInSeconds {
            metadata.addString("\(seconds * 1000)", forKey: "grpc-retry-pushback-ms")
        }
        self.init(code: Self.code(of: failure), message: failure.sentence, metadata: metadata)
    }

    private static func code(of failure: Failure) -> RPCError.Code {
        switch failure.status.code {
        case 403: .permissionDenied
        case 404: .notFound
        case 413, 429: .resourceExhausted
        case 499: .cancelled
        case 503 where failure.isDeadline: .deadlineExceeded
        case 503: .unavailable
        case 500...: .internalError
        default: .invalidArgument
        }
    }
}
