import CArchive

/// How a layer or an archive is compressed.
enum Compression: String, Sendable, CaseIterable {
    case none
    case gzip
    case zstd
    case xz

    /// Tells a compression by the first bytes of what it made (RFC 1952, RFC 8878, the xz file format).
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

    /// What libarchive calls it.
    var filter: ArchiveFilter? {
        switch self {
        case .none: nil
        case .gzip: .gzip
        case .zstd: .zstd
        case .xz: .xz
        }
    }
}
