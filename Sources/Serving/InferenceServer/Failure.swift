import AttestedTransport
import Diagnostics
package import HTTPTypes
import Inference
import InferenceProtocol
import ModelRuntime

/// An error as a client and the log may see it: a stable code, an HTTP status and a sentence.
package struct Failure: Sendable {
    /// The stable code.
    package let code: String
    /// The HTTP status.
    package let status: HTTPResponse.Status
    /// One or two sentences for the client, without internals of the server.
    package let sentence: String
    /// What the log may contain besides the code: names and sizes of the model pack, never of a request.
    package let detail: String
    /// The value of `Retry-After`, in seconds; nil where a retry does not help.
    package let retryAfterInSeconds: Int?

    /// Whether a deadline passed.
    package var isDeadline: Bool {
        code == ServiceError.Code.deadlineExceeded.rawValue || code == ModelRuntimeError.Code.deadlinePassed.rawValue
    }

    /// Maps an error to its code, status and sentence.
    package init(_ error: any Error) {
        switch error {
        case let error as ServiceError:
            self.init(code: error.code.rawValue, status: error.status, sentence: error.sentence)
        case let error as ImageError:
            self.init(code: error.code.rawValue, status: Self.status(of: error.code), sentence: error.description)
        case let error as TransportError:
            self.init(code: error.stableCode, status: error.status, sentence: error.sentence, detail: error.detail)
        case let error as OpenInferenceError:
            self.init(code: error.stableCode, status: .badRequest, sentence: "\(error.detail).")
        case let error as ModelRepositoryError:
            self.init(code: error.stableCode, status: Self.status(of: error.code), sentence: error.sentence)
        case let error as ModelRuntimeError:
            self.init(error)
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

    private init(_ error: ModelRuntimeError) {
        let status: HTTPResponse.Status
        let sentence: String
        switch error.code {
        case .queueFull:
            (status, sentence) = (.tooManyRequests, "As many requests wait for this model as may. Try again later.")
        case .deadlinePassed:
            (status, sentence) = (.serviceUnavailable, "The time was over before the model's turn came. Try again.")
        case .engineStalled, .stopping:
            (status, sentence) = (.serviceUnavailable, "The model cannot be asked now.")
        case .batchTooLarge, .tensorMismatch, .tensorTooLarge, .engineMissing:
            (status, sentence) = (.badRequest, "\(error.detail).")
        default:
            status = .internalServerError
            sentence = "The engines did not agree on an answer that could be shown. Nothing is returned."
        }
        self.init(
            code: error.stableCode,
            status: status,
            sentence: sentence,
            detail: error.detail,
            retryAfter: error.retryAfter
        )
    }

    /// `request.body-too-large`, for a transport that reads the messages itself.
    package static func bodyTooLarge(limit: Int, found: Int) -> Failure {
        Failure(ServiceError(.bodyTooLarge, expected: "at most \(limit) bytes", found: "\(found)"))
    }

    /// `server.too-many-bytes`, for a transport that reads the messages itself.
    package static func tooManyBytes(limit: Int) -> Failure {
        Failure(ServiceError(.tooManyBytes, expected: "at most \(limit) bytes"))
    }

    /// `server.deadline-exceeded`, for a transport that reads the messages itself.
    package static func bodyTimedOut(after timeout: Duration) -> Failure {
        Failure(ServiceError(Deadline(in: timeout)))
    }

    private init(
        code: String,
        status: HTTPResponse.Status,
        sentence: String,
        detail: String = "",
        retryAfter: Duration? = nil
    ) {
        self.code = code
        self.status = status
        self.sentence = sentence
        self.detail = detail
        let isTemporary = [.tooManyRequests, .serviceUnavailable].contains(status)
        retryAfterInSeconds = isTemporary ? max(1, Int((retryAfter ?? .zero).inSeconds.rounded(.up))) : nil
    }
}

extension ModelRepositoryError {
    /// What happened, for a client.
    fileprivate var sentence: String {
        switch code {
        case .modelUnknown: "There is no model of this name. POST /v2/repository/index lists those that there are."
        case .versionUnknown: "The model has no such version. POST /v2/repository/index lists those that there are."
        case .notReady: "The model is not ready to answer\(found.map { " (\($0))" } ?? "")."
        case .stopping: "The server stops."
        case .unreadable, .nameDiffers, .nameTaken: "The model's pack cannot be loaded."
        }
    }
}

extension Failure {
    private static func status(of code: ModelRepositoryError.Code) -> HTTPResponse.Status {
        switch code {
        case .modelUnknown, .versionUnknown: .notFound
        case .notReady, .stopping: .serviceUnavailable
        case .unreadable, .nameDiffers, .nameTaken: .internalServerError
        }
    }

    /// The HTTP status for a refused image.
    private static func status(of code: ImageError.Code) -> HTTPResponse.Status {
        switch code {
        case .empty, .truncated, .corrupt, .tooSmall, .tooManyScans: .badRequest
        case .formatUnsupported, .variantUnsupported, .typeMismatch: .unsupportedMediaType
        case .tooManyPixels, .sideTooLong, .outOfMemory: .contentTooLarge
        // The preprocessing belongs to the pack, not to the client.
        case .preprocessingInvalid: .internalServerError
        }
    }
}
