import CGuest
import GuestInterface
import TpmCommands

/// Evidence of a TPM: a quote of what firmware and kernel were measured into, by a key that never leaves it.
final class TpmAttester<Channel: TpmChannel>: Attester {
    /// What is quoted: all that firmware, kernel and command line go into, but not what the kernel itself adds (10).
    static var registers: [Int] { Array(0...9) + [11, 12] }

    let platform: String
    private let tpm: Tpm<Channel>
    private let key: TpmKey
    /// What is the same in all evidence of one start.
    private let constantParts: [EvidenceAnswer.Part]

    /// Makes the attestation key, which the TPM makes the same at each start.
    ///
    /// - Parameters:
    ///   - tpm: The TPM.
    ///   - platform: The name that its evidence has.
    ///   - eventLog: The firmware's log; nil where there is none.
    /// - Throws: What the TPM refused with.
    init(tpm: Tpm<Channel>, platform: String, eventLog: [UInt8]?) throws(TpmFailure) {
        self.tpm = tpm
        self.platform = platform
        key = try tpm.createPrimary(.attestationKey, in: .endorsement)
        var parts = [EvidenceAnswer.Part(name: "ak_public", bytes: key.publicArea)]
        if let certificate = try tpm.read(place: TpmPlace.attestationCertificate) {
            parts.append(EvidenceAnswer.Part(name: "ak_certificate", bytes: certificate))
        }
        if let authority = try tpm.read(place: TpmPlace.attestationAuthority) {
            parts.append(EvidenceAnswer.Part(name: "ak_root", bytes: authority))
        }
        if let eventLog { parts.append(EvidenceAnswer.Part(name: "event_log", bytes: eventLog)) }
        constantParts = parts
    }

    /// Not every TPM takes 64 bytes along, so a quote carries their SHA-256.
    func evidence(reportData: [UInt8]) throws(BrokerFailure) -> [EvidenceAnswer.Part] {
        try asking { tpm throws(TpmFailure) in
            let quote = try tpm.quote(Self.registers, data: Sha256.digest(of: reportData), key: key)
            let values = try tpm.read(Self.registers)
            return [
                EvidenceAnswer.Part(name: "attest", bytes: quote.statement),
                EvidenceAnswer.Part(name: "signature", bytes: quote.signature),
                EvidenceAnswer.Part(name: "pcrs", bytes: Self.text(values)),
            ] + constantParts
        }
    }

    /// A keyed hash that the TPM makes only while its registers are as they are now.
    ///
    /// No register tells who signed a package, so a key by signer is refused.
    func sealingKey(label: String, binding: EvidenceRequest.SealingBinding) throws(BrokerFailure) -> [UInt8] {
        guard binding == .package else { throw .sealingUnsupported }
        let message = SealingLabel.bytes(label)
        return try asking { tpm throws(TpmFailure) in
            let session = try tpm.startPolicy(nonce: try Self.nonce())
            defer { tpm.end(session) }
            let policy = try tpm.bind(session, to: Self.registers)
            let template = TpmTemplate.sealingKey(policy: policy, unique: Sha256.digest(of: message))
            let key = try tpm.createPrimary(template, in: .owner)
            defer { tpm.flush(key.handle) }
            return try tpm.authenticate(message, with: key, in: session)
        }
    }

    func activate(blob: [UInt8], secret: [UInt8]) throws(BrokerFailure) -> [UInt8] {
        let (endorsementKey, nonce) = try asking { tpm throws(TpmFailure) in
            (try tpm.createPrimary(.endorsementKey, in: .endorsement), try Self.nonce())
        }
        defer { tpm.flush(endorsementKey.handle) }
        do throws(TpmFailure) {
            return try tpm.activate((blob, secret), attestationKey: key, endorsementKey: endorsementKey, nonce: nonce)
        } catch {
            if case .refused = error { throw .credentialRefused }
            throw Self.failure(error)
        }
    }

    /// The registers as a part of evidence has them.
    private static func text(_ values: [[UInt8]]) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        var text = Array(#"{"sha256":{"#.utf8)
        for (index, value) in zip(registers, values) {
            if text.last != UInt8(ascii: "{") { text.append(UInt8(ascii: ",")) }
            text += Array("\"\(index)\":\"".utf8)
            text += value.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
            text.append(UInt8(ascii: "\""))
        }
        return text + Array("}}".utf8)
    }

    private static func nonce() throws(TpmFailure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 16)
        // Safe: the array is ours, and its own count is passed.
        let code = unsafe guest_random(&bytes, bytes.count)
        guard code == 0 else { throw .channel(-code) }
        return bytes
    }

    private func asking<Value>(_ body: (Tpm<Channel>) throws(TpmFailure) -> Value) throws(BrokerFailure) -> Value {
        do throws(TpmFailure) {
            return try body(tpm)
        } catch {
            throw Self.failure(error)
        }
    }

    private static func failure(_ failure: TpmFailure) -> BrokerFailure {
        failure == .timedOut ? .timedOut : .deviceFailed
    }
}
