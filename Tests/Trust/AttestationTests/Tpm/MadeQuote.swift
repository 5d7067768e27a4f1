import Attestation
import Crypto
import Foundation

/// A TPM's quote that a test makes and signs itself, for forms that no genuine quote has.
struct MadeQuote {
    let key = P256.Signing.PrivateKey()
    let nonce = Array("a nonce of 20 bytes.".utf8)
    let registers: [Int: [UInt8]]

    init(registers: [Int: [UInt8]] = [0: [UInt8](repeating: 7, count: 32), 4: [UInt8](repeating: 9, count: 32)]) {
        self.registers = registers
    }

    /// TPMT_PUBLIC of a restricted signing key.
    var publicArea: [UInt8] {
        let point = Array(key.publicKey.rawRepresentation)
        return [0, 0x23, 0, 0x0B, 0, 5, 0, 0x72, 0, 0, 0, 0x10, 0, 0x18, 0, 0x0B, 0, 3, 0, 0x10]
            + Self.sized(Array(point[..<32])) + Self.sized(Array(point[32...]))
    }

    /// TPMS_ATTEST over the registers of the SHA-256 bank.
    var attest: [UInt8] {
        var bitmap: [UInt8] = [0, 0, 0]
        for register in registers.keys { bitmap[register / 8] |= 1 << UInt8(register % 8) }
        let values = registers.sorted { $0.key < $1.key }.flatMap(\.value)
        let clock: [UInt8] = [UInt8](repeating: 0, count: 15) + [1] + [1] + [UInt8](repeating: 0, count: 8)
        return [0xFF, 0x54, 0x43, 0x47, 0x80, 0x18] + Self.sized([0, 0x0B] + [UInt8](repeating: 1, count: 32))
            + Self.sized(nonce) + clock + [0, 0, 0, 1, 0, 0x0B, 3] + bitmap
            + Self.sized(Array(SHA256.hash(data: values)))
    }

    /// TPMT_SIGNATURE over the quote.
    func signature() throws -> [UInt8] {
        let raw = Array(try key.signature(for: attest).rawRepresentation)
        return [0, 0x18, 0, 0x0B] + Self.sized(Array(raw[..<32])) + Self.sized(Array(raw[32...]))
    }

    /// The values as an evidence bundle has them.
    var registersText: [UInt8] {
        let values = registers.map { "\"\($0.key)\":\"" + $0.value.map { String(format: "%02x", $0) }.joined() + "\"" }
        return Array("{\"sha256\":{\(values.sorted().joined(separator: ","))}}".utf8)
    }

    private static func sized(_ bytes: [UInt8]) -> [UInt8] {
        [UInt8(bytes.count >> 8), UInt8(bytes.count & 0xFF)] + bytes
    }
}
