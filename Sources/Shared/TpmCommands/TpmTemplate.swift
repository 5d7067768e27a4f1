/// The public template of a primary key; a TPM always derives the same key from the same template.
package struct TpmTemplate: Equatable, Sendable {
    /// `TPMT_PUBLIC`.
    package let bytes: [UInt8]

    /// A P-256 key that signs only TPM-generated structures: fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth,
    /// restricted and sign.
    package static let attestationKey = TpmTemplate(
        type: TpmAlgorithm.ecc,
        attributes: 0x0005_0072,
        policy: [],
        details: [TpmAlgorithm.null, TpmAlgorithm.ecdsa, TpmAlgorithm.sha256, TpmAlgorithm.p256, TpmAlgorithm.null]
            .flatMap { TpmField.number($0) },
        unique: TpmField.sized([]) + TpmField.sized([])
    )

    /// A P-256 endorsement key for credentials: template L-2 of the TCG EK Credential Profile, 2.5.
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

    /// An HMAC key that is usable only while a policy holds: fixedTPM, fixedParent, sensitiveDataOrigin,
    /// adminWithPolicy, noDA and sign, without userWithAuth.
    ///
    /// - Parameters:
    ///   - policy: The policy's digest, 32 bytes.
    ///   - unique: A value that distinguishes keys under the same policy, 32 bytes.
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

    /// The digest of PolicySecret of the endorsement hierarchy, as the profile states it.
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
