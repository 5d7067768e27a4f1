/// A key that is loaded in the TPM.
package struct TpmKey: Equatable, Sendable {
    /// The key's handle, valid until it is flushed.
    package let handle: UInt32
    /// The public area, `TPMT_PUBLIC`.
    package let publicArea: [UInt8]
}

extension Tpm {
    /// Creates a primary key; the same template and hierarchy always give the same key.
    ///
    /// - Parameters:
    ///   - template: The key's public template.
    ///   - hierarchy: The hierarchy whose seed it is derived from.
    /// - Returns: The key; the caller flushes it with ``flush(_:)``.
    /// - Throws: ``TpmFailure``.
    package func createPrimary(_ template: TpmTemplate, in hierarchy: TpmHierarchy) throws(TpmFailure) -> TpmKey {
        let sensitive = TpmField.sized(TpmField.sized([]) + TpmField.sized([]))
        let outsideInformation = TpmField.sized([])
        let noRegisters = TpmField.number(UInt32(0))
        var reader = try run(
            .createPrimary,
            [hierarchy.rawValue],
            sessions: [.password],
            parameters: sensitive + TpmField.sized(template.bytes) + outsideInformation + noRegisters
        )
        let handle = try reader.number(UInt32.self)
        _ = try reader.number(UInt32.self)
        return TpmKey(handle: handle, publicArea: try reader.sized())
    }

    /// Reads the public area of a persistent or loaded key.
    ///
    /// - Parameter handle: The key's handle.
    /// - Returns: The key.
    /// - Throws: ``TpmFailure``.
    package func readPublic(_ handle: UInt32) throws(TpmFailure) -> TpmKey {
        var reader = try run(.readPublic, [handle])
        return TpmKey(handle: handle, publicArea: try reader.sized())
    }

    /// Removes a key or session from the TPM's memory; failures are ignored.
    ///
    /// - Parameter handle: Its handle.
    package func flush(_ handle: UInt32) {
        _ = try? run(.flushContext, [handle])
    }

    /// Starts a policy session.
    ///
    /// - Parameter nonce: 16 to 32 random bytes; no secret depends on them here.
    /// - Returns: The session; the caller ends it with ``end(_:)``.
    /// - Throws: ``TpmFailure``.
    package func startPolicy(nonce: [UInt8]) throws(TpmFailure) -> TpmSession {
        let null: UInt32 = 0x4000_0007
        var reader = try run(
            .startAuthSession,
            [null, null],
            parameters: TpmField.sized(nonce) + TpmField.sized([]) + [1] + TpmField.number(TpmAlgorithm.null)
                + TpmField.number(TpmAlgorithm.sha256)
        )
        return TpmSession(handle: try reader.number(UInt32.self))
    }

    /// Ends a session.
    ///
    /// - Parameter session: The result of ``startPolicy(nonce:)``.
    package func end(_ session: TpmSession) {
        flush(session.handle)
    }

    /// Binds a policy session to the current values of SHA-256 PCRs.
    ///
    /// - Parameters:
    ///   - session: The session.
    ///   - registers: The PCR indexes.
    /// - Returns: The session's policy digest so far.
    /// - Throws: ``TpmFailure``.
    package func bind(_ session: TpmSession, to registers: [Int]) throws(TpmFailure) -> [UInt8] {
        _ = try run(
            .policyRegisters,
            [session.handle],
            parameters: TpmField.sized([]) + TpmField.selection(registers)
        )
        var reader = try run(.policyGetDigest, [session.handle])
        return try reader.sized()
    }

    /// Computes an HMAC with a key whose policy the session satisfies.
    ///
    /// - Parameters:
    ///   - message: At most 1024 bytes.
    ///   - key: A key of ``TpmTemplate/sealingKey(policy:unique:)``.
    ///   - session: A policy session that satisfies the key's policy.
    /// - Returns: 32 bytes.
    /// - Throws: ``TpmFailure``.
    package func authenticate(
        _ message: [UInt8],
        with key: TpmKey,
        in session: TpmSession
    ) throws(TpmFailure) -> [UInt8] {
        var reader = try parameters(
            .hmac,
            [key.handle],
            sessions: [session],
            TpmField.sized(message) + TpmField.number(TpmAlgorithm.sha256)
        )
        return try reader.sized()
    }

    /// Decrypts a credential that was made for an endorsement key and an attestation key of this TPM.
    ///
    /// - Parameters:
    ///   - credential: `TPM2B_ID_OBJECT` and `TPM2B_ENCRYPTED_SECRET`, each with its length.
    ///   - attestationKey: The attestation key.
    ///   - endorsementKey: The endorsement key, whose policy is PolicySecret of the endorsement hierarchy.
    ///   - nonce: 16 to 32 bytes for the session.
    /// - Returns: The secret.
    /// - Throws: ``TpmFailure``; the TPM refuses a credential that was made for other keys.
    package func activate(
        _ credential: (blob: [UInt8], secret: [UInt8]),
        attestationKey: TpmKey,
        endorsementKey: TpmKey,
        nonce: [UInt8]
    ) throws(TpmFailure) -> [UInt8] {
        let session = try startPolicy(nonce: nonce)
        defer { end(session) }
        let unlimited = TpmField.sized([]) + TpmField.sized([]) + TpmField.sized([]) + TpmField.number(UInt32(0))
        _ = try run(
            .policySecret,
            [TpmHierarchy.endorsement.rawValue, session.handle],
            sessions: [.password],
            parameters: unlimited
        )
        var reader = try parameters(
            .activateCredential,
            [attestationKey.handle, endorsementKey.handle],
            sessions: [.password, session],
            credential.blob + credential.secret
        )
        return try reader.sized()
    }
}
