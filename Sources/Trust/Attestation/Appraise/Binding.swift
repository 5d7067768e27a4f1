import Crypto

/// What the caller knows of the peer besides its evidence, and what the evidence must carry so that it belongs to it.
public struct Binding: Sendable, Equatable {
    /// What a machine states of its package; it counts as ``Binding/reportData`` covers the manifest's digest.
    public struct PackageFacts: Sendable, Equatable {
        /// The digest of the package's manifest, in lower-case hexadecimal.
        public var digest: String
        /// The fingerprint of the key that signed the package; nil where nobody did.
        public var signer: String?
        /// The product.
        public var productID: String?
        /// The product's security version.
        public var securityVersion: UInt64?
        /// The digests of the package's models, in lower-case hexadecimal.
        public var models: [String]
        /// Whether it is a debug package, whose output reaches the host.
        public var isDebug: Bool

        /// States a package.
        ///
        /// - Parameters:
        ///   - digest: The digest of its manifest.
        ///   - signer: The fingerprint of its signer's key.
        ///   - productID: The product.
        ///   - securityVersion: The product's security version.
        ///   - models: The digests of its models.
        ///   - isDebug: Whether its output reaches the host.
        public init(
            digest: String,
            signer: String? = nil,
            productID: String? = nil,
            securityVersion: UInt64? = nil,
            models: [String] = [],
            isDebug: Bool = false
        ) {
            self.digest = digest
            self.signer = signer
            self.productID = productID
            self.securityVersion = securityVersion
            self.models = models
            self.isDebug = isDebug
        }
    }

    /// The bytes that the evidence must carry: a digest over the challenge, the peer's keys and the package.
    ///
    /// Shorter ones are filled with zeros: what follows them in the evidence must be zero.
    public let reportData: [UInt8]
    /// What the machine states of its package; nil where it states none.
    public let package: PackageFacts?

    /// Binds evidence to a peer.
    ///
    /// - Parameters:
    ///   - reportData: The bytes that the evidence must carry, at least 16, as fewer could be guessed or met by chance.
    ///   - package: What the machine states of its package, if `reportData` covers the manifest's digest.
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

    /// What evidence of a kind must carry, without the zeros behind it.
    ///
    /// Not every TPM takes more bytes along than its longest digest has (TPM 2.0 Library, Part 2, `TPM2B_DATA`). So a
    /// quote carries the SHA-256 of longer ones, and nothing else will do for them.
    ///
    /// - Parameter kind: The kind of the evidence.
    /// - Returns: ``reportData``, or its SHA-256.
    public func carried(by kind: EvidenceKind) -> [UInt8] {
        switch kind {
        case .tpm, .developerVtpm, .azureVtpm:
            reportData.count > SHA256.byteCount ? Array(SHA256.hash(data: reportData)) : reportData
        case .snp, .tdx, .sgx, .nitro, .developerProcess: reportData
        }
    }

    /// Whether evidence carries the bytes, and zeros behind them.
    ///
    /// - Parameters:
    ///   - found: What the evidence carries.
    ///   - kind: The kind of the evidence.
    /// - Returns: Whether it does.
    public func covers(_ found: [UInt8], of kind: EvidenceKind) -> Bool {
        let carried = carried(by: kind)
        return found.count >= carried.count && found.starts(with: carried)
            && found.dropFirst(carried.count).allSatisfy { $0 == 0 }
    }
}
