import CGuest
import GuestInterface

/// A source of attestation evidence for this machine, one implementation for each platform.
///
/// ``EvidenceDevices`` chooses it; ``EvidenceBroker`` calls it on its own thread.
protocol Attester: AnyObject {
    /// The platform's name, which is also the evidence bundle's kind.
    var platform: String { get }

    /// Collects fresh evidence.
    ///
    /// - Parameter reportData: 64 bytes that the evidence has to contain.
    /// - Returns: The parts, named as in an evidence bundle.
    /// - Throws: The reason why there is no evidence.
    func evidence(reportData: [UInt8]) throws(BrokerFailure) -> [EvidenceResponse.Part]

    /// Derives a key from the machine's secret and from the measurement or the package's signer.
    ///
    /// - Returns: 32 bytes, derived by the platform's hardware; never a fallback.
    /// - Throws: ``BrokerFailure/sealingUnsupported`` where the platform has no such key.
    func sealingKey(label: String, binding: EvidenceRequest.SealingBinding) throws(BrokerFailure) -> [UInt8]

    /// Opens a TPM credential for this machine's endorsement key and attestation key, and returns its secret.
    func activate(blob: [UInt8], secret: [UInt8]) throws(BrokerFailure) -> [UInt8]
}

extension Attester {
    /// Handles one request; a failure becomes an answer.
    func answer(_ request: EvidenceRequest) -> EvidenceResponse {
        do throws(BrokerFailure) {
            switch request {
            case .evidence(let reportData):
                return .evidence(kind: platform, parts: try evidence(reportData: reportData))
            case .sealingKey(let label, let binding):
                return .sealingKey(try sealingKey(label: label, binding: binding))
            case .platform: return .platform(platform)
            case .activateCredential(let blob, let secret): return .secret(try activate(blob: blob, secret: secret))
            }
        } catch {
            return .failure(error)
        }
    }
}

/// Domain separation for sealing keys: other uses of the same secret derive other bytes.
enum SealingLabel {
    /// Encodes a label: a fixed prefix, a zero byte, then the label.
    static func bytes(_ label: String) -> [UInt8] {
        Array("adyton sealing key v1".utf8) + [0] + label.utf8
    }
}

/// The attester of a machine without a platform that its plan lists; every request fails.
final class NoAttester: Attester {
    let platform = "none"

    func evidence(reportData: [UInt8]) throws(BrokerFailure) -> [EvidenceResponse.Part] { throw .platformMissing }

    func sealingKey(label: String, binding: EvidenceRequest.SealingBinding) throws(BrokerFailure) -> [UInt8] {
        throw .platformMissing
    }

    func activate(blob: [UInt8], secret: [UInt8]) throws(BrokerFailure) -> [UInt8] { throw .platformMissing }
}
