import Diagnostics

/// Why a root file system could not be read or written.
package struct RootFileSystemError: CodedError, Equatable {
    /// The stable name of a failure: logs, exit codes and tests key on it.
    package enum Code: String, Sendable, CaseIterable {
        case fileMissing = "file.missing"
        case fileExists = "file.exists"
        case fileUnreadable = "file.unreadable"
        case fileUnwritable = "file.unwritable"
        case diskFull = "file.disk-full"
        case interrupted = "file.interrupted"
        case treeChanged = "tree.changed"
        case treePathTooLong = "tree.path-too-long"
        case treePathUnsafe = "tree.path-unsafe"
        case treeEntryTwice = "tree.entry-twice"
        case treeParentMissing = "tree.parent-missing"
        case treeOutputInside = "tree.output-inside"
        case treeDestinationInUse = "tree.destination-in-use"
        case cpioTruncated = "cpio.truncated"
        case cpioFieldInvalid = "cpio.field-invalid"
        case cpioPaddingInvalid = "cpio.padding-invalid"
        case cpioTrailerInvalid = "cpio.trailer-invalid"
        case cpioLinkInvalid = "cpio.link-invalid"
        case cpioFileTooLarge = "cpio.file-too-large"
        case cpioChecksumMismatch = "cpio.checksum-mismatch"
        case cpioCompressionDamaged = "cpio.compression-damaged"
        case cpioCompressionUnsupported = "cpio.compression-unsupported"
        case ext2ImageFull = "ext2.image-full"
        case ext2FileTooLarge = "ext2.file-too-large"
        case ext2TooManyLinks = "ext2.too-many-links"
        case ext2AttributeUnsupported = "ext2.attribute-unsupported"
        case ext2DeviceUnsupported = "ext2.device-unsupported"
        case ext2Truncated = "ext2.truncated"
        case ext2SuperblockInvalid = "ext2.superblock-invalid"
        case ext2InodeInvalid = "ext2.inode-invalid"
        case ext2FolderInvalid = "ext2.folder-invalid"
        case ext2FolderTwice = "ext2.folder-twice"
        case ext2AttributeInvalid = "ext2.attribute-invalid"
        case ext2BlockOutOfRange = "ext2.block-out-of-range"
        case ext2BlockTwice = "ext2.block-twice"
        case verityTruncated = "verity.truncated"
        case veritySuperblockInvalid = "verity.superblock-invalid"
        case verityBlockMismatch = "verity.block-mismatch"
        case rootFormatUnknown = "root.format-unknown"
        case rootHashInvalid = "root.hash-invalid"
        case rootUnsealed = "root.unsealed"
        case rootUntrusted = "root.untrusted"
        case signatureMissing = "signature.missing"
        case signatureFieldInvalid = "signature.field-invalid"
        case signatureKeyInvalid = "signature.key-invalid"
        case signatureMismatch = "signature.mismatch"
    }

    /// What kind of failure this is.
    package let code: Code
    /// The path, the field or the block that it happened to.
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
