import Diagnostics

/// Why a container image could not be built, read or unpacked.
package struct ContainerError: CodedError, Equatable {
    /// The stable error codes; logs, exit statuses and tests depend on them.
    package enum Code: String, Sendable, CaseIterable {
        case sourceUnknown = "container.source-unknown"
        case blobMissing = "container.blob-missing"
        case blobSizeMismatch = "container.blob-size-mismatch"
        case blobDigestMismatch = "container.blob-digest-mismatch"
        case digestUnsupported = "container.digest-unsupported"
        case documentTooLarge = "container.document-too-large"
        case documentInvalid = "container.document-invalid"
        case indexTooDeep = "container.index-too-deep"
        case imageAmbiguous = "container.image-ambiguous"
        case imageMissing = "container.image-missing"
        case platformMissing = "container.platform-missing"
        case mediaTypeUnsupported = "container.media-type-unsupported"
        case layerForeign = "container.layer-foreign"
        case layerEncrypted = "container.layer-encrypted"
        case layerDamaged = "container.layer-damaged"
        case layerDigestMismatch = "container.layer-digest-mismatch"
        case archiveTruncated = "container.archive-truncated"
        case archiveFieldInvalid = "container.archive-field-invalid"
        case entryUnsupported = "container.entry-unsupported"
        case entryTwice = "container.entry-twice"
        case pathUnsafe = "container.path-unsafe"
        case linkInvalid = "container.link-invalid"
        case whiteoutInvalid = "container.whiteout-invalid"
        case limitExceeded = "container.limit-exceeded"
        case builderMissing = "container.builder-missing"
        case builderFailed = "container.builder-failed"
        case argumentsInvalid = "container.arguments-invalid"
    }

    /// The error code.
    package let code: Code
    /// The file, blob, layer or entry that failed.
    package let subject: String
    /// The expected value or bound, if there is one.
    package let expected: String?
    /// The value found instead, if there is one.
    package let found: String?

    package init(_ code: Code, subject: String, expected: String? = nil, found: String? = nil) {
        self.code = code
        self.subject = subject
        self.expected = expected
        self.found = found
    }
}
