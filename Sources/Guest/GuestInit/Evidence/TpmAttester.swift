import CGuest
import GuestInterface
import TpmCommands

/// Evidence from a TPM: a quote of the measured-boot PCRs, signed by an attestation key that never leaves the TPM.
final class TpmAttester<Channel: TpmChannel>: Attester {
    /// The quoted PCRs: all that firmware, kernel and command line are measured into, without PCR 10, which the kernel
    /// itself extends.
    static var registers: [Int] { Array(0...9) + [11, 12] }

    let platform: String
    private let tpm: Tpm<Channel>
    private let key: TpmKey
    /// The parts that are the same in all evidence of one boot.
    private let constantParts: [EvidenceResponse.Part]

    /// Creates the attestation key, which is the same at every boot, and reads its certificates.
    ///
    /// - Parameters:
    ///   - tpm: The TPM.
    ///   - platform: The platform's name in the evidence.
    ///   - eventLog: The firmware's event log; nil where there is none.
    /// - Throws: The TPM's failure.
    init(tpm: Tpm<Channel>, platform: String, eventLog: [UInt8]?) throws(TpmFailure) {
        self.tpm = tpm
        self.platform = platform
        key = try tpm.createPrimary(.attestationKey, in: .endorsement)
        var parts = [EvidenceResponse.Part(name: "ak_public", bytes: key.publicArea)]
        if let certificate = try tpm.read(index: TpmNVIndex.attestationCertificate) {
            parts.append(EvidenceResponse.Part(name: "ak_certificate", bytes: certificate))
        }
        if let authority = try tpm.read(index: TpmNVIndex.attestationAuthority) {
            parts.append(EvidenceResponse.Part(name: "ak_root", bytes: authority))
        }
        if let eventLog { parts.append(EvidenceResponse.Part(name: "event_log", bytes: eventLog)) }
        constantParts = parts
    }

    /// The quote's qualifying data is the SHA-256 of the report data: not every TPM accepts 64 bytes.
    func evidence(reportData: [UInt8]) throws(BrokerFailure) -> [EvidenceResponse.Part] {
        try asking { tpm throws(TpmFailure) in
            let quote = try tpm.quote(Self.registers, data: Sha256.digest(of: reportData), key: key)
            let values = try tpm.read(Self.registers)
            return [
                EvidenceResponse.Part(name: "attest", bytes: quote.quoted),
                EvidenceResponse.Part(name: "signature", bytes: quote.signature),
                EvidenceResponse.Part(name: "pcrs", bytes: Self.text(values)),
            ] + constantParts
        }
    }

    /// An HMAC by a key whose policy requires the current PCR values.
    ///
    /// No PCR identifies a package's signer, so a key bound to the signer is refused.
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

    /// Encodes PCR values as the evidence part `pcrs`: a JSON object.
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
