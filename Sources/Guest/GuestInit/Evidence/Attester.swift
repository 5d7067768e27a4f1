import CGuest
import GuestInterface

/// What vouches for this machine: one a platform.
protocol Attester: AnyObject {
    /// The platform's name, an evidence bundle's kind.
    var platform: String { get }

    /// Fresh evidence.
    ///
    /// - Parameter reportData: 64 bytes that the evidence has to carry.
    /// - Returns: The parts, by the names of an evidence bundle.
    /// - Throws: Why there is none.
    func evidence(reportData: [UInt8]) throws(BrokerFailure) -> [EvidenceAnswer.Part]

    /// A key that depends on the machine and on what was measured, or on who signed it.
    ///
    /// - Returns: 32 bytes; never any that the platform does not vouch for.
    func sealingKey(label: String, binding: EvidenceRequest.SealingBinding) throws(BrokerFailure) -> [UInt8]

    /// The secret of a credential for this machine's endorsement key and attestation key.
    func activate(blob: [UInt8], secret: [UInt8]) throws(BrokerFailure) -> [UInt8]
}

extension Attester {
    /// Answers one request.
    func answer(_ request: EvidenceRequest) -> EvidenceAnswer {
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

/// What a sealing key's label is mixed with, so that no other use of the same secret gives the same bytes.
enum SealingLabel {
    /// The bytes that stand for a label.
    static func bytes(_ label: String) -> [UInt8] {
        Array("adyton sealing key v1".utf8) + [0] + label.utf8
    }
}

/// Vouches for nothing: the machine has no platform that its plan knows.
final class NoAttester: Attester {
    let platform = "none"

    func evidence(reportData: [UInt8]) throws(BrokerFailure) -> [EvidenceAnswer.Part] { throw .platformMissing }

    func sealingKey(label: String, binding: EvidenceRequest.SealingBinding) throws(BrokerFailure) -> [UInt8] {
        throw .platformMissing
    }

    func activate(blob: [UInt8], secret: [UInt8]) throws(BrokerFailure) -> [UInt8] { throw .platformMissing }
}
