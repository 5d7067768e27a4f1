/// The public part of a primary key as it is asked for: the TPM makes the same key of the same template, always.
package struct TpmTemplate: Equatable, Sendable {
    /// `TPMT_PUBLIC`.
    package let bytes: [UInt8]

    /// A key on P-256 that signs only what the TPM itself says: fixedTPM, fixedParent, sensitiveDataOrigin,
    /// userWithAuth, restricted and sign.
    package static let attestationKey = TpmTemplate(
        type: TpmAlgorithm.ecc,
        attributes: 0x0005_0072,
        policy: [],
        details: [TpmAlgorithm.null, TpmAlgorithm.ecdsa, TpmAlgorithm.sha256, TpmAlgorithm.p256, TpmAlgorithm.null]
            .flatMap { TpmField.number($0) },
        unique: TpmField.sized([]) + TpmField.sized([])
    )

    /// A key on P-256 that credentials are made for: template L-2 of the TCG EK Credential Profile, 2.5.
    package static let endorsementKey = TpmTemplate(
        type: TpmAlgorithm.ecc,
        attributes: 0x0003_00B2,
        policy: endorsementPolicy,
        details: [
            TpmAlgorithm.aes, 128, TpmAlgorithm.cfb, TpmAlgorithm.null, TpmAlgorithm.p256, TpmAlgorithm.null,
        ]
        .flatMap { TpmField.number($0) },
        unique: TpmField.sized([UInt8](repeating: 0, count: 32)) + TpmField.sized([UInt8](repeating: 0, count: 32))
    )

    /// A secret that only answers while a policy holds: fixedTPM, fixedParent, sensitiveDataOrigin, adminWithPolicy,
    /// noDA and sign, without userWithAuth.
    ///
    /// - Parameters:
    ///   - policy: The digest of the policy, 32 bytes.
    ///   - unique: What tells it from others under the same policy, 32 bytes.
    /// - Returns: A template of a keyed hash with HMAC and SHA-256.
    package static func sealingKey(policy: [UInt8], unique: [UInt8]) -> TpmTemplate {
        TpmTemplate(
            type: TpmAlgorithm.keyedHash,
            attributes: 0x0004_04B2,
            policy: policy,
            details: [TpmAlgorithm.hmac, TpmAlgorithm.sha256].flatMap { TpmField.number($0) },
            unique: TpmField.sized(unique)
        )
    }

    /// PolicySecret of the endorsement hierarchy, as the profile gives its digest.
    private static let endorsementPolicy: [UInt8] = [
        0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xB3, 0xF8, 0x1A, 0x90, 0xCC, 0x8D, 0x46, 0xA5, 0xD7, 0x24,
        0xFD, 0x52, 0xD7, 0x6E, 0x06, 0x52, 0x0B, 0x64, 0xF2, 0xA1, 0xDA, 0x1B, 0x33, 0x14, 0x69, 0xAA,
    ]

    private init(type: UInt16, attributes: UInt32, policy: [UInt8], details: [UInt8], unique: [UInt8]) {
        bytes =
            TpmField.number(type) + TpmField.number(TpmAlgorithm.sha256) + TpmField.number(attributes)
            + TpmField.sized(policy) + details + unique
    }
}
