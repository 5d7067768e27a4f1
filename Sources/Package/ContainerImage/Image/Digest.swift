import Crypto
import Diagnostics

/// A digest in OCI form: `sha256:` or `sha512:` and lower-case hexadecimal digits.
///
/// OCI image-spec, "Descriptor", section "Digests".
package struct Digest: Hashable, Sendable, CustomStringConvertible {
    /// The registered algorithms.
    enum Algorithm: String, Sendable {
        case sha256
        case sha512
    }

    /// Computes a digest incrementally.
    enum Hasher {
        case sha256(SHA256)
        case sha512(SHA512)

        init(_ algorithm: Algorithm) {
            self =
                switch algorithm {
                case .sha256: .sha256(SHA256())
                case .sha512: .sha512(SHA512())
                }
        }

        mutating func update(_ bytes: [UInt8]) {
            switch self {
            case .sha256(var hasher):
                hasher.update(data: bytes)
                self = .sha256(hasher)
            case .sha512(var hasher):
                hasher.update(data: bytes)
                self = .sha512(hasher)
            }
        }

        var digest: Digest {
            switch self {
            case .sha256(let hasher): Digest(algorithm: .sha256, hexadecimal: Hexadecimal.text(hasher.finalize()))
            case .sha512(let hasher): Digest(algorithm: .sha512, hexadecimal: Hexadecimal.text(hasher.finalize()))
            }
        }
    }

    let algorithm: Algorithm
    let hexadecimal: String

    private init(algorithm: Algorithm, hexadecimal: String) {
        self.algorithm = algorithm
        self.hexadecimal = hexadecimal
    }

    /// Parses a digest.
    ///
    /// - Throws: `container.digest-unsupported` for another algorithm, another length, or other digits.
    init(_ text: String, of subject: String) throws(ContainerError) {
        let parts = text.utf8.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
        let isDigit = { (digit: UInt8) in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit)
                || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(digit)
        }
        guard parts.count == 2, let algorithm = Algorithm(rawValue: String(decoding: parts[0], as: UTF8.self)),
            parts[1].count == (algorithm == .sha256 ? 64 : 128), parts[1].allSatisfy(isDigit)
        else {
            throw ContainerError(
                .digestUnsupported,
                subject: subject,
                expected: "sha256: and 64, or sha512: and 128 lower-case hexadecimal digits",
                found: Printable.text(text)
            )
        }
        self.init(algorithm: algorithm, hexadecimal: String(decoding: parts[1], as: UTF8.self))
    }

    package var description: String { "\(algorithm.rawValue):\(hexadecimal)" }
}
