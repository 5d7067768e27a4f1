/// The response to `TPM2_Quote`: signed PCR values.
package struct TpmQuoteResponse: Equatable, Sendable {
    /// The quoted structure, `TPMS_ATTEST`.
    package let quoted: [UInt8]
    /// The signature over it, `TPMT_SIGNATURE`.
    package let signature: [UInt8]
}

extension Tpm {
    /// Quotes SHA-256 PCRs with an attestation key.
    ///
    /// - Parameters:
    ///   - registers: The PCR indexes.
    ///   - data: The qualifying data; a TPM accepts at most its longest digest's length plus two bytes.
    ///   - key: An attestation key.
    /// - Returns: The quote.
    /// - Throws: ``TpmFailure``.
    package func quote(_ registers: [Int], data: [UInt8], key: TpmKey) throws(TpmFailure) -> TpmQuoteResponse {
        var reader = try parameters(
            .quote,
            [key.handle],
            TpmField.sized(data) + TpmField.number(TpmAlgorithm.null) + TpmField.selection(registers)
        )
        let quoted = try reader.sized()
        return TpmQuoteResponse(quoted: quoted, signature: reader.remainder)
    }

    /// Reads SHA-256 PCRs.
    ///
    /// - Parameter registers: The PCR indexes, in ascending order.
    /// - Returns: The values, 32 bytes each, in the same order.
    /// - Throws: ``TpmFailure``; ``TpmFailure/malformed`` where the TPM omits one.
    package func read(_ registers: [Int]) throws(TpmFailure) -> [[UInt8]] {
        var values: [[UInt8]] = []
        // A TPM returns at most eight values at once.
        for start in stride(from: 0, to: registers.count, by: 8) {
            let some = Array(registers[start..<min(start + 8, registers.count)])
            let selection = TpmField.selection(some)
            var reader = try run(.registerRead, parameters: selection)
            _ = try reader.number(UInt32.self)
            guard try reader.bytes(selection.count) == selection, try reader.number(UInt32.self) == some.count else {
                throw .malformed
            }
            for _ in some {
                let value = try reader.sized()
                guard value.count == 32 else { throw .malformed }
                values.append(value)
            }
        }
        return values
    }
}
