import Crypto

/// A hash algorithm of measurement registers, such as a TPM's PCR bank.
package enum HashBank: String, Sendable, CaseIterable {
    case sha256
    case sha384

    /// The size of a digest, in bytes.
    package var digestSize: Int {
        switch self {
        case .sha256: SHA256.byteCount
        case .sha384: SHA384.byteCount
        }
    }

    /// The digest of bytes.
    func digest(_ bytes: [UInt8]) -> [UInt8] {
        switch self {
        case .sha256: Array(SHA256.hash(data: bytes))
        case .sha384: Array(SHA384.hash(data: bytes))
        }
    }
}

/// The digests of the same data in every bank.
package struct DigestPair: Sendable, Equatable {
    /// The SHA-256 digest, for a TPM and for SEV-SNP's kernel hashes.
    package let sha256: [UInt8]
    /// The SHA-384 digest, for TDX and for a TPM with that bank.
    package let sha384: [UInt8]

    /// The digest for a bank.
    package subscript(bank: HashBank) -> [UInt8] {
        switch bank {
        case .sha256: sha256
        case .sha384: sha384
        }
    }

    init(of bytes: [UInt8]) {
        sha256 = HashBank.sha256.digest(bytes)
        sha384 = HashBank.sha384.digest(bytes)
    }

    /// Creates a pair from known digests, such as those of an event log.
    ///
    /// - Parameters:
    ///   - sha256: 32 bytes.
    ///   - sha384: 48 bytes.
    package init(sha256: [UInt8], sha384: [UInt8]) {
        self.sha256 = sha256
        self.sha384 = sha384
    }

    /// Hashes ranges of a part in order, in a single pass.
    init(of content: PartContent, ranges: [Range<Int>]) throws(LaunchMeasurementError) {
        var (short, long) = (SHA256(), SHA384())
        for range in ranges {
            try content.forEachPiece(of: range) { piece in
                short.update(data: piece)
                long.update(data: piece)
            }
        }
        sha256 = Array(short.finalize())
        sha384 = Array(long.finalize())
    }

    /// Hashes a whole part.
    init(of content: PartContent) throws(LaunchMeasurementError) {
        try self.init(of: content, ranges: [0..<content.count])
    }
}
