/// Why process 1 refuses an evidence, sealing key or credential request.
///
/// The numbers and codes are part of the interface and never change.
package enum BrokerFailure: UInt16, Error, CaseIterable, Sendable {
    case malformed = 1
    case requestUnknown
    case busy
    case platformMissing
    case providerMissing
    case deviceFailed
    case timedOut
    case evidenceTooLarge
    case evidenceChanged
    case certificateMissing
    case sealingUnsupported
    case credentialRefused
    case requestUnsupported
    case tooLarge

    /// The stable code for users and programs.
    package var code: String {
        switch self {
        case .malformed: "broker.malformed"
        case .requestUnknown: "broker.request-unknown"
        case .busy: "broker.busy"
        case .platformMissing: "broker.platform-missing"
        case .providerMissing: "broker.provider-missing"
        case .deviceFailed: "broker.device-failed"
        case .timedOut: "broker.timed-out"
        case .evidenceTooLarge: "broker.evidence-too-large"
        case .evidenceChanged: "broker.evidence-changed"
        case .certificateMissing: "broker.certificate-missing"
        case .sealingUnsupported: "broker.sealing-unsupported"
        case .credentialRefused: "broker.credential-refused"
        case .requestUnsupported: "broker.request-unsupported"
        case .tooLarge: "broker.answer-too-large"
        }
    }

    /// A one-sentence explanation for users.
    package var meaning: String {
        switch self {
        case .malformed: "The request's bytes are none that this interface has."
        case .requestUnknown: "This machine does not know that kind of request."
        case .busy: "Too many requests wait already; ask again later."
        case .platformMissing: "Nothing vouches for this machine: it has neither a TPM nor the processor's reports."
        case .providerMissing: "The kernel has no driver for the processor's reports."
        case .deviceFailed: "The TPM or the processor refused, or answered what it should not."
        case .timedOut: "The TPM or the processor took too long."
        case .evidenceTooLarge: "The kernel's evidence is larger than the kernel gives out."
        case .evidenceChanged: "Somebody else wrote to the same report meanwhile, so it may be theirs."
        case .certificateMissing: "The TPM holds no certificate of its attestation key."
        case .sealingUnsupported: "This platform cannot bind a key to that; no key is made up in its place."
        case .credentialRefused: "The credential was made for another TPM or another attestation key."
        case .requestUnsupported: "This platform has no such request."
        case .tooLarge: "The answer is longer than an answer may be."
        }
    }
}
