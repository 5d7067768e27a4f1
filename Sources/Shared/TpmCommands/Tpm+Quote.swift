/// A quote: what the TPM says of its registers, and its signature.
package struct TpmQuotation: Equatable, Sendable {
    /// `TPMS_ATTEST`.
    package let statement: [UInt8]
    /// `TPMT_SIGNATURE`.
    package let signature: [UInt8]
}

extension Tpm {
    /// Has a key sign what the registers of SHA-256 hold.
    ///
    /// - Parameters:
    ///   - registers: Their numbers.
    ///   - data: What the quote carries along; a TPM takes as many bytes as its longest digest has, and two more.
    ///   - key: An attestation key.
    /// - Returns: The quote.
    /// - Throws: ``TpmFailure``.
    package func quote(_ registers: [Int], data: [UInt8], key: TpmKey) throws(TpmFailure) -> TpmQuotation {
        var reader = try parameters(
            .quote,
            [key.handle],
            TpmField.sized(data) + TpmField.number(TpmAlgorithm.null) + TpmField.selection(registers)
        )
        let statement = try reader.sized()
        return TpmQuotation(statement: statement, signature: reader.remainder)
    }

    /// Reads registers of SHA-256.
    ///
    /// - Parameter registers: Their numbers, in rising order.
    /// - Returns: Their values, in the same order.
    /// - Throws: ``TpmFailure``; ``TpmFailure/malformed`` where the TPM leaves one out.
    package func read(_ registers: [Int]) throws(TpmFailure) -> [[UInt8]] {
        var values: [[UInt8]] = []
        // A TPM gives at most eight values at once.
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
