import Crypto
import Diagnostics

/// The vendors' authorities directly below their roots, each known by the digest of its whole certificate.
///
/// All evidence of a vendor's line comes with the same one. A certificate with the digest of one that a root has signed needs
/// no check of that signature: another certificate has another digest, and is checked as any other. Dates, names, extensions
/// and revocation are checked for these, too.
enum KnownAuthority {
    /// The roots, by SHA-256 of a certificate that they have signed, in hexadecimal.
    ///
    /// The vectors have all of them, and a test lets OpenSSL verify each. AMD's are at
    /// https://kdsintf.amd.com/{vcek,vlek}/v1/LINE/cert_chain; Intel's come with its TCB information and revocation lists.
    static let roots: [String: TrustAnchor] = [
        // SEV-Milan, SEV-VLEK-Milan
        "67d303bd3905fd38db8b20e0793699870e7fa612eaad5dec358293fd8c0bac1b": .amdMilan,
        "c5e081f59b7efab1fe2f8b505e159704e72f29cab7ef7cf628a05a42439082f5": .amdMilan,
        // SEV-Genoa, SEV-VLEK-Genoa
        "5464738c1546aed5f2cecf1dc98c5c960a92e8913238a61711bc90ec6e828521": .amdGenoa,
        "197e610743a917d6b9bb982a5a9226ccc0a15b611be0619e626aca9151457372": .amdGenoa,
        // SEV-Turin, SEV-VLEK-Turin
        "5b77ef5fe7a7a004fd9032668fba9d0fda22f88c4442069a479636a6ae3b3185": .amdTurin,
        "104e10a8bd060a3c20a434261a57d0588fd65a88915b4f65b08bdecaf8df1a3c": .amdTurin,
        // Intel SGX PCK Platform CA, PCK Processor CA, TCB Signing
        "22eb770dca215b607b5ccfc21a672b1da5cc660b1ad0365020567979edcaa0e1": .intelSGX,
        "13b2dccef8fc4ec977ee5249743b0f758ebd1e28d768b2e1e12bc348adaa09fb": .intelSGX,
        "c0575e76d0303b61d09cde8cbdb70db34a74f38318300d7c0e6ba8cf4bf45aea": .intelSGX,
    ]

    /// Whether a certificate is known to be signed with a key.
    ///
    /// - Parameters:
    ///   - certificate: The certificate.
    ///   - key: The issuer's key, SubjectPublicKeyInfo in DER.
    /// - Returns: false where nothing is known, so that the signature must be checked.
    static func isSigned(_ certificate: Certificate, with key: [UInt8]) -> Bool {
        roots[Hexadecimal.text(SHA256.hash(data: certificate.der))]?.publicKey == key
    }
}
