import Diagnostics
import HTTPTypes

/// Why a request gets no answer, apart from what is wrong with its image.
struct ServiceError: Error, Equatable {
    /// The stable name of a failure: clients, logs and tests key on it.
    enum Code: String, Sendable, CaseIterable {
        case bodyTooLarge = "request.body-too-large"
        case notMultipart = "form.not-multipart"
        case boundaryInvalid = "form.boundary-invalid"
        case formMalformed = "form.malformed"
        case fieldMissing = "form.field-missing"
        case fieldRepeated = "form.field-repeated"
        case tooManyRequests = "server.too-many-requests"
        case deadlineExceeded = "server.deadline-exceeded"
        case notReady = "server.not-ready"
        case notFound = "request.not-found"
        case methodNotAllowed = "request.method-not-allowed"
        case bodyUnreadable = "request.body-unreadable"
        case clientDisconnected = "request.client-left"
        case controlNotAllowed = "repository.control-not-allowed"
        case `internal` = "server.internal"
    }

    /// What kind of failure this is.
    let code: Code
    /// What was allowed.
    let expected: String?
    /// What the request had.
    let found: String?

    init(_ code: Code, expected: String? = nil, found: String? = nil) {
        self.code = code
        self.expected = expected
        self.found = found
    }

    /// `server.deadline-exceeded` with the time that was granted.
    init(_ deadline: Deadline) {
        self.init(.deadlineExceeded, expected: "at most \(deadline.limit)")
    }

    /// The HTTP status that goes with the code.
    var status: HTTPResponse.Status {
        switch code {
        case .bodyTooLarge: .contentTooLarge
        case .notMultipart: .unsupportedMediaType
        case .boundaryInvalid, .formMalformed, .fieldMissing, .fieldRepeated, .bodyUnreadable: .badRequest
        case .tooManyRequests: .tooManyRequests
        case .deadlineExceeded, .notReady: .serviceUnavailable
        case .notFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .controlNotAllowed: .forbidden
        // Nobody reads it; the number is the one that logs of other servers have for this.
        case .clientDisconnected: HTTPResponse.Status(code: 499, reasonPhrase: "Client Closed Request")
        case .internal: .internalServerError
        }
    }

    /// What may still be on its way of the request's body when the answer is sent.
    enum Rest {
        case nothing
        /// Some of it: where it is more than a little, the connection ends with the answer.
        case unread
        /// Some of it, but it does not come: the connection ends with the answer, or a client could go on for ever.
        case stuck
    }

    /// What the failure leaves of the request's body.
    var rest: Rest {
        switch code {
        case .bodyTooLarge, .tooManyRequests, .notReady, .notFound, .methodNotAllowed, .controlNotAllowed: .unread
        case .deadlineExceeded, .bodyUnreadable, .clientDisconnected: .stuck
        case .notMultipart, .boundaryInvalid, .formMalformed, .fieldMissing, .fieldRepeated, .internal: .nothing
        }
    }

    /// What happened and what to do, as one or two sentences.
    var sentence: String {
        switch code {
        case .bodyTooLarge:
            "The request's body is larger than this server takes\(bounds). Send a smaller one."
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
        case .deadlineExceeded:
            "The request was not done in the time that this server gives one\(bounds). Try again."
        case .notReady:
            "The model is not ready to answer\(bounds). See /v2/health/ready."
        case .notFound:
            "There is nothing at this path."
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
