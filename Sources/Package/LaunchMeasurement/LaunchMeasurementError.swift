import Diagnostics

/// Why a launch measurement cannot be computed.
package struct LaunchMeasurementError: CodedError, Equatable {
    /// The stable error codes; logs, exit statuses and tests depend on them.
    package enum Code: String, Sendable, CaseIterable {
        case fileMissing = "measure.file-missing"
        case fileUnreadable = "measure.file-unreadable"
        case fileChanged = "measure.file-changed"
        case machineInvalid = "measure.machine-invalid"
        case commandLineInvalid = "measure.command-line-invalid"
        case initramfsTooLarge = "measure.initramfs-too-large"
        case kernelTruncated = "measure.kernel-truncated"
        case kernelInvalid = "measure.kernel-invalid"
        case kernelTooOld = "measure.kernel-too-old"
        case firmwareSizeInvalid = "measure.firmware-size-invalid"
        case firmwareTableMissing = "measure.firmware-table-missing"
        case firmwareTableInvalid = "measure.firmware-table-invalid"
        case sevMetadataMissing = "measure.sev-metadata-missing"
        case sevMetadataInvalid = "measure.sev-metadata-invalid"
        case resetVectorMissing = "measure.reset-vector-missing"
        case kernelHashesUnsupported = "measure.kernel-hashes-unsupported"
        case vcpuTypeUnknown = "measure.vcpu-type-unknown"
        case vcpuTypeMissing = "measure.vcpu-type-missing"
        case digestInvalid = "measure.digest-invalid"
        case tdxMetadataMissing = "measure.tdx-metadata-missing"
        case tdxMetadataInvalid = "measure.tdx-metadata-invalid"
        case vectorInvalid = "measure.vector-invalid"
        case vectorMismatch = "measure.vector-mismatch"
    }

    /// The error code.
    package let code: Code
    /// The file, field or option that failed.
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
