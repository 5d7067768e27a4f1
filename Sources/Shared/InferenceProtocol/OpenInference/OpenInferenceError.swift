import Diagnostics

/// Why a document of the Open Inference Protocol cannot be read or written.
package struct OpenInferenceError: CodedError, Equatable {
    /// The stable name of a failure: clients, logs and tests key on it.
    package enum Code: String, Sendable, CaseIterable {
        case jsonMalformed = "oip.json-malformed"
        case jsonTooDeep = "oip.json-too-deep"
        case fieldMissing = "oip.field-missing"
        case fieldInvalid = "oip.field-invalid"
        case datatypeUnknown = "oip.datatype-unknown"
        case datatypeUnsupported = "oip.datatype-unsupported"
        case shapeInvalid = "oip.shape-invalid"
        case dataMissing = "oip.data-missing"
        case dataInvalid = "oip.data-invalid"
        case dataCountDiffers = "oip.data-count-differs"
        case headerLengthInvalid = "oip.header-length-invalid"
        case binarySizeDiffers = "oip.binary-size-differs"
        case tooManyTensors = "oip.too-many-tensors"
        case tensorUnknown = "oip.tensor-unknown"
        case parameterInvalid = "oip.parameter-invalid"
    }

    /// What kind of failure this is.
    package let code: Code
    /// The field by its position, such as `inputs[0].shape`; never a name or a value of the request.
    package let subject: String
    /// What the protocol or the model expects.
    package let expected: String?
    /// What the request has: a number, or a word of the protocol.
    package let found: String?

    package init(_ code: Code, subject: String, expected: String? = nil, found: String? = nil) {
        self.code = code
        self.subject = subject
        self.expected = expected
        self.found = found
    }
}
