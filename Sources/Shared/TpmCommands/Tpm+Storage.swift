/// Indexes of the TPM's non-volatile (NV) storage.
package enum TpmNVIndex {
    /// The certificate of an attestation key on P-256, at the index that clouds use.
    package static let attestationCertificate: UInt32 = 0x01C1_0002
    /// The certificate of its issuer: the first index for certificate chains in the TCG EK Credential Profile,
    /// 2.2.1.5.2.
    package static let attestationAuthority: UInt32 = 0x01C0_0100
}

extension Tpm {
    /// The most bytes that every TPM reads or writes at once.
    private static var pieceLength: Int { 512 }
    /// The largest NV content that is read, in bytes.
    private static var maximumLength: Int { 16_384 }

    /// Redefines an NV index and writes it; anyone can read it, and only the owner can change it.
    ///
    /// - Parameters:
    ///   - bytes: At most 2048 bytes, which every TPM has room for.
    ///   - index: The NV index.
    /// - Throws: ``TpmFailure``.
    package func write(_ bytes: [UInt8], to index: UInt32) throws(TpmFailure) {
        let owner = TpmHierarchy.owner.rawValue
        _ = try? run(.nvUndefineSpace, [owner, index], sessions: [.password])
        // OWNERWRITE, OWNERREAD, AUTHREAD and NO_DA (Part 2, 13.4).
        let attributes: UInt32 = 0x0206_0002
        let description =
            TpmField.number(index) + TpmField.number(TpmAlgorithm.sha256) + TpmField.number(attributes)
            + TpmField.sized([]) + TpmField.number(UInt16(clamping: bytes.count))
        _ = try run(
            .nvDefineSpace,
            [owner],
            sessions: [.password],
            parameters: TpmField.sized([]) + TpmField.sized(description)
        )
        for start in stride(from: 0, to: bytes.count, by: Self.pieceLength) {
            let piece = Array(bytes[start..<min(start + Self.pieceLength, bytes.count)])
            _ = try run(
                .nvWrite,
                [owner, index],
                sessions: [.password],
                parameters: TpmField.sized(piece) + TpmField.number(UInt16(clamping: start))
            )
        }
    }

    /// Reads an NV index.
    ///
    /// - Parameter index: The NV index.
    /// - Returns: Its content; nil where the index is not defined.
    /// - Throws: ``TpmFailure``; ``TpmFailure/malformed`` for more than 16 KiB.
    package func read(index: UInt32) throws(TpmFailure) -> [UInt8]? {
        let length: Int
        do throws(TpmFailure) {
            length = try self.length(of: index)
        } catch {
            // TPM_RC_HANDLE: the index is not defined.
            guard error.reason == 0x8B else { throw error }
            return nil
        }
        guard length <= Self.maximumLength else { throw .malformed }
        var content: [UInt8] = []
        while content.count < length {
            let count = min(Self.pieceLength, length - content.count)
            var reader = try parameters(
                .nvRead,
                [index, index],
                TpmField.number(UInt16(clamping: count)) + TpmField.number(UInt16(clamping: content.count))
            )
            let piece = try reader.sized()
            guard piece.count == count else { throw .malformed }
            content += piece
        }
        return content
    }

    private func length(of index: UInt32) throws(TpmFailure) -> Int {
        var reader = try run(.nvReadPublic, [index])
        var description = TpmReader(try reader.sized())
        _ = try description.bytes(10)
        _ = try description.sized()
        return Int(try description.number(UInt16.self))
    }
}
