import Crypto
import Diagnostics
import StrictJSON

/// The PCR values that were sent with a quote.
///
/// They are trusted only where they match the quote's digest.
public struct TpmRegisters: Sendable, Hashable {
    /// The values by bank and PCR index.
    package let banks: [HashAlgorithm: [Int: [UInt8]]]

    /// The maximum number of PCRs of a bank; a TPM has 24.
    package static let maximumCount = 32

    package init(_ banks: [HashAlgorithm: [Int: [UInt8]]]) {
        self.banks = banks
    }

    /// Parses values in JSON: `{"sha256": {"0": "e15c…", "1": "7d81…"}}`.
    ///
    /// - Parameter json: An object of banks, each an object of hexadecimal digits by PCR index.
    /// - Throws: `evidence.field-invalid` for an unknown bank, an invalid index or a value of the wrong length.
    public init(json: [UInt8]) throws(AttestationError) {
        guard let stated = (try? JSONText(json))?.root.members else {
            throw Self.invalid("banks", "an object of banks, each an object of hexadecimal digits by number")
        }
        var banks: [HashAlgorithm: [Int: [UInt8]]] = [:]
        for (name, values) in stated.map({ ($0.name, $0.value) }) {
            guard let bank = HashAlgorithm(rawValue: name), let values = values.members else {
                throw Self.invalid(name, "an object by the name of sha1, sha256, sha384 or sha512")
            }
            var registers: [Int: [UInt8]] = [:]
            for (number, digits) in values.map({ ($0.name, $0.value) }) {
                guard let index = Int(number), (0..<Self.maximumCount).contains(index), registers[index] == nil,
                    let value = digits.utf8.flatMap(Hexadecimal.bytes(ascii:)), value.count == bank.byteCount
                else { throw Self.invalid("\(name) \(number)", "\(bank.byteCount) bytes in hexadecimal") }
                registers[index] = value
            }
            banks[bank] = registers
        }
        self.init(banks)
    }

    /// Computes the digest that a quote of given PCRs must have.
    ///
    /// - Parameters:
    ///   - selections: The quoted PCRs, in order.
    ///   - hash: The hash algorithm of the signature, not of the bank.
    /// - Returns: nil where a selected PCR's value is unknown.
    package func digest(of selections: [TpmQuote.Selection], hash: HashAlgorithm) -> [UInt8]? {
        var joined: [UInt8] = []
        for selection in selections {
            guard let bank = HashAlgorithm(tpmAlgorithm: selection.bank), let values = banks[bank] else { return nil }
            for register in selection.registers {
                guard let value = values[register] else { return nil }
                joined += value
            }
        }
        return hash.digest(of: joined).bytes
    }

    private static func invalid(_ field: String, _ expected: String) -> AttestationError {
        AttestationError(EvidenceCheck.fieldInvalid, subject: "registers", fields: [field], expected: expected)
    }
}

extension HashAlgorithm {
    /// The hash algorithm with a TPM_ALG_ID; nil for another algorithm.
    package init?(tpmAlgorithm: UInt16) {
        switch tpmAlgorithm {
        case 0x0004: self = .sha1
        case 0x000B: self = .sha256
        case 0x000C: self = .sha384
        case 0x000D: self = .sha512
        default: return nil
        }
    }
}
