import Diagnostics

/// AMD's extensions of a VCEK or VLEK certificate (VCEK certificate and KDS interface specification, 57230).
struct SnpCertificate {
    private static let arc = "1.3.6.1.4.1.3704.1"

    /// The product's name, such as `Milan-B0`.
    let productName: String
    /// HWID: the processor's ID; nil in a VLEK.
    let hardwareID: [UInt8]?
    /// CSP_ID: the cloud provider's ID; nil in a VCEK.
    let providerID: String?

    private let certificate: Certificate

    init(_ certificate: Certificate, role: String) throws(AttestationError) {
        self.certificate = certificate
        guard
            let name = certificate.extensions["\(Self.arc).2"].flatMap({ DerField.parse($0.value) })
                .flatMap(DerField.text)
        else { throw Self.missing(role, "product name") }
        productName = name
        hardwareID = try Self.hardwareID(certificate, role: role)
        if let provider = certificate.extensions["\(Self.arc).5"] {
            guard let text = DerField.parse(provider.value).flatMap(DerField.text) else {
                throw Self.missing(role, "CSP_ID")
            }
            providerID = text
        } else {
            providerID = nil
        }
    }

    /// The processor line from the product name; nil for an unknown one.
    var product: SnpProduct? { productName.split(separator: "-").first.flatMap { SnpProduct(rawValue: String($0)) } }

    /// The security version of a component; nil where the certificate has none.
    func securityVersion(_ identifier: String) -> UInt64? {
        certificate.extensions[identifier].flatMap { DerField.parse($0.value) }.flatMap(DerField.integer)
    }

    /// The ID is stored directly or as an octet string within; both are in use.
    private static func hardwareID(_ certificate: Certificate, role: String) throws(AttestationError) -> [UInt8]? {
        guard let value = certificate.extensions["\(arc).4"]?.value else { return nil }
        if value.count == 64 || value.count == 8 { return value }
        guard let inner = DerField.parse(value).flatMap(DerField.octets), inner.count == 64 || inner.count == 8 else {
            throw missing(role, "HWID")
        }
        return inner
    }

    private static func missing(_ role: String, _ field: String) -> AttestationError {
        AttestationError(
            SnpCheck.certificateExtension,
            subject: role,
            fields: [field],
            expected: "an extension below \(arc)",
            found: "none, or of another form"
        )
    }
}
