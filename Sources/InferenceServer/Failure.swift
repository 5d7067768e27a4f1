import AttestedTransport
import Diagnostics
import HTTPTypes
import Inference
import ModelRuntime

/// Any error as a client and a log may see it: a code, a status and a sentence.
struct Failure: Sendable {
    /// The stable code.
    let code: String
    /// The HTTP status.
    let status: HTTPResponse.Status
    /// One or two sentences for the client; nothing of the server's inside.
    let sentence: String
    /// What an operator's log may hold besides the code: names and sizes of the pack, never of a request.
    let detail: String

    init(_ error: any Error) {
        switch error {
        case let error as ServiceError:
            self.init(code: error.code.rawValue, status: error.status, sentence: error.sentence)
        case let error as ImageError:
            self.init(code: error.code.rawValue, status: Self.status(of: error.code), sentence: error.description)
        case let error as TransportError:
            self.init(code: error.stableCode, status: error.status, sentence: error.sentence, detail: error.detail)
        case let error as ModelRuntimeError:
            self.init(
                code: error.stableCode,
                status: .internalServerError,
                sentence: "The engines did not agree on an answer that could be shown. Nothing is returned.",
                detail: error.detail
            )
        case let error as any CodedError:
            self.init(
                code: error.stableCode,
                status: .internalServerError,
                sentence: ServiceError(.internal).sentence,
                detail: error.detail
            )
        case is CancellationError:
            self.init(ServiceError(.deadlineExceeded))
        default:
            self.init(ServiceError(.internal))
        }
    }

    private init(code: String, status: HTTPResponse.Status, sentence: String, detail: String = "") {
        self.code = code
        self.status = status
        self.sentence = sentence
        self.detail = detail
    }
}

extension Failure {
    /// The HTTP status for an image that is refused.
    private static func status(of code: ImageError.Code) -> HTTPResponse.Status {
        switch code {
        case .empty, .truncated, .corrupt, .tooSmall, .tooManyScans: .badRequest
        case .formatUnsupported, .variantUnsupported, .typeMismatch: .unsupportedMediaType
        case .tooManyPixels, .sideTooLong, .outOfMemory: .contentTooLarge
        // The preprocessing is the pack's, not the client's.
        case .preprocessingInvalid: .internalServerError
        }
    }
}
