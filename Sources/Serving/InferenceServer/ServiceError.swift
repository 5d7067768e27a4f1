import Diagnostics
import HTTPTypes

/// Why a request failed, apart from errors of its image or tensors.
struct ServiceError: Error, Equatable {
    /// The stable name of a failure: clients, logs and tests key on it.
    enum Code: String, Sendable, CaseIterable {
        case bodyTooLarge = "request.body-too-large"
        case tooManyBytes = "server.too-many-bytes"
        case encodingUnsupported = "request.encoding-unsupported"
        case notMultipart = "form.not-multipart"
        case boundaryInvalid = "form.boundary-invalid"
        case formMalformed = "form.malformed"
        case fieldMissing = "form.field-missing"
        case fieldRepeated = "form.field-repeated"
        case tooManyRequests = "server.too-many-requests"
        case deadlineExceeded = "server.deadline-exceeded"
        case notReady = "server.not-ready"
        case notFound = "request.not-found"
        case takesNoImage = "request.model-takes-no-image"
        case methodNotAllowed = "request.method-not-allowed"
        case bodyUnreadable = "request.body-unreadable"
        case clientDisconnected = "request.client-left"
        case controlNotAllowed = "repository.control-not-allowed"
        case `internal` = "server.internal"
    }

    /// What kind of failure this is.
    let code: Code
    /// The limit, or the allowed values.
    let expected: String?
    /// What the request has.
    let found: String?

    init(_ code: Code, expected: String? = nil, found: String? = nil) {
        self.code = code
        self.expected = expected
        self.found = found
    }

    /// `server.deadline-exceeded` with the granted time.
    init(_ deadline: Deadline) {
        self.init(.deadlineExceeded, expected: "at most \(deadline.limit)")
    }

    /// The HTTP status that goes with the code.
    var status: HTTPResponse.Status {
        switch code {
        case .bodyTooLarge: .contentTooLarge
        case .encodingUnsupported, .notMultipart: .unsupportedMediaType
        case .boundaryInvalid, .formMalformed, .fieldMissing, .fieldRepeated, .bodyUnreadable, .takesNoImage:
            .badRequest
        case .tooManyRequests, .tooManyBytes: .tooManyRequests
        case .deadlineExceeded, .notReady: .serviceUnavailable
        case .notFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .controlNotAllowed: .forbidden
        // No client reads it; nginx logs the same number for a client that closes the connection.
        case .clientDisconnected: HTTPResponse.Status(code: 499, reasonPhrase: "Client Closed Request")
        case .internal: .internalServerError
        }
    }

    /// How much of the request body may still arrive after the response is sent.
    enum RemainingBody {
        case nothing
        /// A part of it: if it is large, the connection is closed after the response.
        case unread
        /// A part of it that does not arrive: the connection is closed after the response, or the client could hold it
        /// forever.
        case stalled
    }

    /// The state of the request body after the failure.
    var rest: RemainingBody {
        switch code {
        case .bodyTooLarge, .encodingUnsupported, .tooManyRequests, .tooManyBytes, .notReady, .notFound,
            .methodNotAllowed, .controlNotAllowed, .takesNoImage:
            .unread
        case .deadlineExceeded, .bodyUnreadable, .clientDisconnected: .stalled
        case .notMultipart, .boundaryInvalid, .formMalformed, .fieldMissing, .fieldRepeated, .internal: .nothing
        }
    }

    /// What happened and what to do, as one or two sentences.
    var sentence: String {
        switch code {
        case .bodyTooLarge:
            "The request's body is larger than this server takes\(bounds). Send a smaller one."
        case .encodingUnsupported:
            "The request's body has a content encoding that this server does not decode\(bounds). Send it as it is."
        case .notMultipart:
            "The request's content type is not multipart/form-data\(bounds). Send the image as the form field \"image\"."
        case .boundaryInvalid:
            "The content type names no usable boundary\(bounds)."
        case .formMalformed:
            "The form's parts cannot be told apart\(bounds)."
        case .fieldMissing:
            "The form has no field \"image\". Send the image under that name."
        case .fieldRepeated:
            "The form has the field \"image\" more than once. Send one image a request."
        case .tooManyRequests:
            "More requests are under way than this server takes\(bounds). Try again in a moment."
        case .tooManyBytes:
            "The requests under way hold all the memory that this server has for bodies\(bounds). Try again in a moment."
        case .deadlineExceeded:
            "The request was not done in the time that this server gives one\(bounds). Try again."
        case .notReady:
            "The model is not ready to answer\(bounds). See /v2/health/ready."
        case .notFound:
            "There is nothing at this path."
        case .takesNoImage:
            "The first model takes no image, or gives no classes. Send it tensors: POST /v2/models/NAME/infer."
        case .methodNotAllowed:
            "This path does not take this method\(bounds)."
        case .bodyUnreadable:
            "The request's body ended before it was complete."
        case .clientDisconnected:
            "The client disconnected before there was an answer."
        case .controlNotAllowed:
            "This server loads and unloads no models for its clients. Start it with --allow-model-control."
        case .internal:
            "The server failed to answer; the request was fine as far as it knows."
        }
    }

    private var bounds: String {
        switch (expected, found) {
        case (let expected?, let found?): " (expected \(expected), found \(found))"
        case (let expected?, nil): " (expected \(expected))"
        case (nil, let found?): " (found \(found))"
        case (nil, nil): ""
        }
    }
}
