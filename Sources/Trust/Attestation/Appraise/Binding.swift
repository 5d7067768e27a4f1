import Crypto

/// The report data and package that evidence must be bound to, as the relying party computed them.
public struct Binding: Sendable, Equatable {
    /// The package that a machine claims; reliable where ``Binding/reportData`` covers the manifest's digest.
    public struct PackageFacts: Sendable, Equatable {
        /// The digest of the package's manifest, in lower-case hexadecimal.
        public var digest: String
        /// The fingerprint of the key that signed the package; nil where it is unsigned.
        public var signer: String?
        /// The product ID.
        public var productID: String?
        /// The product's security version.
        public var securityVersion: UInt64?
        /// The digests of the package's models, in lower-case hexadecimal.
        public var models: [String]
        /// Whether it is a debug package, whose output its host can read.
        public var isDebug: Bool
        /// The kernel that its machine boots; nil where it has none of its own, as an enclave.
        public var kernel: Kernel?

        /// Creates the description of a package.
        ///
        /// - Parameters:
        ///   - digest: The digest of its manifest.
        ///   - signer: The fingerprint of its signing key.
        ///   - productID: The product ID.
        ///   - securityVersion: The product's security version.
        ///   - models: The digests of its models.
        ///   - isDebug: Whether its output is readable by its host.
        ///   - kernel: The kernel that its machine boots.
        public init(
            digest: String,
            signer: String? = nil,
            productID: String? = nil,
            securityVersion: UInt64? = nil,
            models: [String] = [],
            isDebug: Bool = false,
            kernel: Kernel? = nil
        ) {
            self.digest = digest
            self.signer = signer
            self.productID = productID
            self.securityVersion = securityVersion
            self.models = models
            self.isDebug = isDebug
            self.kernel = kernel
        }

        /// A package's kernel, as its manifest states it; process 1 lets no manifest state another than the running one.
        public struct Kernel: Sendable, Equatable {
            /// The kinds of kernel.
            public enum Kind: String, Sendable {
                /// The project's own: code in the host's ACPI tables does not reach private memory, and it has no console.
                case sealed
                /// A distribution's, which promises neither; for developers' platforms.
                case distribution
                /// Any other, on hardware, too, because the publisher asked for that.
                case unsealed
                /// The manifest does not say.
                case notStated = "not-stated"
            }

            /// The kernel of a manifest that does not say.
            public static let notStated = Kernel(kind: .notStated, release: "", version: "")

            /// The kind.
            public var kind: Kind
            /// The release, such as `6.12.117-adyton`.
            public var release: String
            /// The number and the date of its build.
            public var version: String

            /// Creates the description of a kernel.
            ///
            /// - Parameters:
            ///   - kind: The kind.
            ///   - release: The release.
            ///   - version: The number and the date of its build.
            public init(kind: Kind, release: String, version: String) {
                self.kind = kind
                self.release = release
                self.version = version
            }
        }
    }

    /// The bytes that the evidence must contain: a digest of the challenge, the peer's keys and the package.
    ///
    /// Where they are shorter than the evidence's field, the rest of the field must be zero.
    public let reportData: [UInt8]
    /// The package that the machine claims; nil for none.
    public let package: PackageFacts?

    /// Creates a binding.
    ///
    /// - Parameters:
    ///   - reportData: The bytes that the evidence must contain; at least 16, because fewer could be guessed or match
    ///     by chance.
    ///   - package: The package that the machine claims, if `reportData` covers the manifest's digest.
    /// - Throws: `policy.report-data-mismatch` for fewer than 16 bytes.
    public init(reportData: [UInt8], package: PackageFacts? = nil) throws(AttestationError) {
        guard reportData.count >= 16 else {
            throw AttestationError(
                PolicyCheck.reportDataMismatch,
                subject: "binding",
                expected: "at least 16 bytes",
                found: "\(reportData.count)"
            )
        }
        self.reportData = reportData
        self.package = package
    }

    /// The bytes that evidence of a kind must contain, without the zero padding.
    ///
    /// A TPM may accept no more qualifying data than its longest digest (TPM 2.0 Library, Part 2, `TPM2B_DATA`). So a
    /// quote contains the SHA-256 of longer report data, and no other form is accepted for it.
    ///
    /// - Parameter kind: The kind of the evidence.
    /// - Returns: ``reportData``, or its SHA-256.
    public func carried(by kind: EvidenceKind) -> [UInt8] {
        switch kind {
        case .tpm, .developerVtpm, .azureVtpm:
            reportData.count > SHA256.byteCount ? Array(SHA256.hash(data: reportData)) : reportData
        case .snp, .tdx, .sgx, .nitro, .nitroTpm, .developerProcess: reportData
        }
    }

    /// Whether the evidence contains the required bytes followed by zeros only.
    ///
    /// - Parameters:
    ///   - found: The report data of the evidence.
    ///   - kind: The kind of the evidence.
    /// - Returns: Whether it does.
    public func covers(_ found: [UInt8], of kind: EvidenceKind) -> Bool {
        let carried = carried(by: kind)
        return found.count >= carried.count && found.starts(with: carried)
            && found.dropFirst(carried.count).allSatisfy { $0 == 0 }
    }
}
