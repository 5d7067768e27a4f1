import CArchive

/// The compression of a layer or an archive.
package enum Compression: String, Sendable, CaseIterable {
    case none
    case gzip
    case zstd
    case xz

    /// Magic numbers of compressions that the kernel reads in an initramfs and this project does not.
    private static let others: [(magic: [UInt8], name: String)] = [
        ([0x42, 0x5a, 0x68], "bzip2"), ([0x5d, 0x00, 0x00], "lzma"), ([0x89, 0x4c, 0x5a, 0x4f], "lzop"),
        ([0x02, 0x21, 0x4c, 0x18], "lz4"), ([0x04, 0x22, 0x4d, 0x18], "lz4"),
    ]

    /// How many bytes of a stream show its compression.
    package static let magicLength = 8

    /// Detects the compression by its magic number (RFC 1952, RFC 8878, the xz file format); `none` where there is
    /// none.
    package init(of head: some Collection<UInt8>) {
        if head.starts(with: [0x1f, 0x8b]) {
            self = .gzip
        } else if head.starts(with: [0x28, 0xb5, 0x2f, 0xfd]) {
            self = .zstd
        } else if head.starts(with: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]) {
            self = .xz
        } else {
            self = .none
        }
    }

    /// The name of a compression that cannot be read here, such as `bzip2`; nil where the bytes show none.
    package static func unsupportedName(of head: some Collection<UInt8>) -> String? {
        others.first { head.starts(with: $0.magic) }?.name
    }

    /// The decoder's filter.
    var filter: ArchiveFilter? {
        switch self {
        case .none: nil
        case .gzip: .gzip
        case .zstd: .zstd
        case .xz: .xz
        }
    }
}
