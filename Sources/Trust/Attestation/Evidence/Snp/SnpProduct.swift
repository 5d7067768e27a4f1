/// A line of AMD processors with its own root and its own TCB version layout.
public enum SnpProduct: String, Sendable, Hashable, CaseIterable {
    case milan = "Milan"
    /// Including Bergamo and Siena.
    case genoa = "Genoa"
    case turin = "Turin"

    /// Determines a processor's line; nil for an unknown one.
    ///
    /// - Parameters:
    ///   - family: The combined family of CPUID 1.
    ///   - model: The combined model of CPUID 1.
    public init?(family: UInt8, model: UInt8) {
        switch (family, model) {
        case (0x19, 0x00...0x0F): self = .milan
        case (0x19, 0x10...0x1F), (0x19, 0xA0...0xAF): self = .genoa
        case (0x1A, 0x00...0x11): self = .turin
        default: return nil
        }
    }

    /// The root's common name.
    var rootName: String { "ARK-\(rawValue)" }

    /// The bytes of a TCB version that have a component, in order; the others are zero.
    var components: [(name: String, byte: Int, extension: String)] {
        switch self {
        case .milan, .genoa:
            [
                ("bootloader", 0, "1.3.6.1.4.1.3704.1.3.1"), ("tee", 1, "1.3.6.1.4.1.3704.1.3.2"),
                ("snp", 6, "1.3.6.1.4.1.3704.1.3.3"), ("microcode", 7, "1.3.6.1.4.1.3704.1.3.8"),
            ]
        case .turin:
            [
                ("fmc", 0, "1.3.6.1.4.1.3704.1.3.9"), ("bootloader", 1, "1.3.6.1.4.1.3704.1.3.1"),
                ("tee", 2, "1.3.6.1.4.1.3704.1.3.2"), ("snp", 3, "1.3.6.1.4.1.3704.1.3.3"),
                ("microcode", 7, "1.3.6.1.4.1.3704.1.3.8"),
            ]
        }
    }
}

/// The key that signed a report: KEY_INFO, SIGNING_KEY.
public enum SnpSigningKey: UInt64, Sendable, Hashable {
    /// A key of this processor at this TCB version.
    case vcek = 0
    /// A key of a cloud provider's processors at this TCB version.
    case vlek = 1

    /// The name of its certificate.
    var name: String { self == .vcek ? "VCEK" : "VLEK" }
    /// The name of the issuer's certificate.
    var intermediateName: String { self == .vcek ? "ASK" : "ASVK" }
    /// The common name of its certificate.
    var commonName: String { self == .vcek ? "SEV-VCEK" : "SEV-VLEK" }

    /// The common name of the issuer's certificate.
    func intermediateCommonName(_ product: SnpProduct) -> String {
        self == .vcek ? "SEV-\(product.rawValue)" : "SEV-VLEK-\(product.rawValue)"
    }
}
