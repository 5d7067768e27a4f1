import CArchive

/// The compression of a layer or an archive.
enum Compression: String, Sendable, CaseIterable {
    case none
    case gzip
    case zstd
    case xz

    /// Detects the compression by its magic number (RFC 1952, RFC 8878, the xz file format); `none` where there is
    /// none.
    init(of head: some Collection<UInt8>) {
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

    /// The libarchive filter.
    var filter: ArchiveFilter? {
        switch self {
        case .none: nil
        case .gzip: .gzip
        case .zstd: .zstd
        case .xz: .xz
        }
    }
}
