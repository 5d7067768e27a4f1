import Diagnostics

/// Why an image, or a description of preprocessing, was refused.
package struct ImageError: CodedError, Equatable {
    /// The stable name of a failure: logs, exit codes and tests key on it.
    package enum Code: String, Sendable, CaseIterable {
        case empty = "image.empty"
        case formatUnsupported = "image.format-unsupported"
        case variantUnsupported = "image.variant-unsupported"
        case typeMismatch = "image.type-mismatch"
        case truncated = "image.truncated"
        case corrupt = "image.corrupt"
        case tooManyPixels = "image.too-many-pixels"
        case tooSmall = "image.too-small"
        case sideTooLong = "image.side-too-long"
        case tooManyScans = "image.too-many-scans"
        case outOfMemory = "image.out-of-memory"
        case preprocessingInvalid = "image.preprocessing-invalid"
    }

    /// What kind of failure this is.
    package let code: Code
    /// What it happened to: a property of the file or a field of the description, never a pixel.
    package let subject: String
    /// The limit.
    package let expected: String?
    /// What was found; for a codec's own error, its message.
    ///
    /// It may quote a number or a chunk's name from the file, so it is for the client; a log gets the code alone.
    package let found: String?

    package init(_ code: Code, subject: String, expected: String? = nil, found: String? = nil) {
        self.code = code
        self.subject = subject
        self.expected = expected
        self.found = found
    }
}

extension ImageError {
    /// One sentence for people.
    package var description: String {
        let what =
            switch code {
            case .empty: "The image has no bytes"
            case .formatUnsupported: "The file is neither a JPEG nor a PNG"
            case .variantUnsupported: "The \(subject) is of a kind that cannot be read here"
            case .typeMismatch: "The \(subject) does not fit what the file contains"
            case .truncated: "The \(subject) ends too early"
            case .corrupt: "The \(subject) is damaged"
            case .tooManyPixels: "The image has too many pixels"
            case .tooSmall: "The image's \(subject) is too small"
            case .sideTooLong: "The image's \(subject) is too large"
            case .tooManyScans: "The \(subject) has too many scans"
            case .outOfMemory: "The \(subject) needs more memory than it may have"
            case .preprocessingInvalid: "The preprocessing's \(subject) cannot be followed"
            }
        let details = [expected.map { "expected \($0)" }, found.map { "found \($0)" }].compactMap(\.self)
        return details.isEmpty ? "\(what)." : "\(what): \(details.joined(separator: ", "))."
    }
}
