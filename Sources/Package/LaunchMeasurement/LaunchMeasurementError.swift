import Diagnostics

/// Why it cannot be computed what a platform will report.
package struct LaunchMeasurementError: CodedError, Equatable {
    /// The stable name of a failure: logs, exit codes and tests key on it.
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

    /// What kind of failure this is.
    package let code: Code
    /// The file, the field or the option that it happened to.
    package let subject: String
    /// The bound that was broken.
    package let expected: String?
    /// The value that broke it.
    package let found: String?

    package init(_ code: Code, subject: String, expected: String? = nil, found: String? = nil) {
        self.code = code
        self.subject = subject
        self.expected = expected
        self.found = found
    }
}
