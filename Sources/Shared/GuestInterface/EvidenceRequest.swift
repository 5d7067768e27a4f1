/// A request of an application to process 1, the only process with access to the attestation devices.
///
/// On the socket it is a ``BrokerFrame``, answered by an ``EvidenceResponse``. A connection has one request at a time:
/// the next is read after the response was sent.
package enum EvidenceRequest: Equatable, Sendable {
    /// The length of report data, in bytes.
    package static let reportDataLength = 64
    /// The longest label of a sealing key, in bytes of UTF-8; a label has at least one.
    package static let maximumLabelLength = 128

    /// Fresh evidence that contains the report data, always ``reportDataLength`` bytes.
    case evidence(reportData: [UInt8])
    /// A sealing key: the same label and binding give the same key on the same machine.
    case sealingKey(label: String, binding: SealingBinding)
    /// The platform's name.
    case platform
    /// Decrypts a TPM credential for this machine's endorsement key and attestation key.
    ///
    /// The fields are encoded as the TPM takes them: `TPM2B_ID_OBJECT` and `TPM2B_ENCRYPTED_SECRET`.
    case activateCredential(blob: [UInt8], secret: [UInt8])

    /// The encoded request.
    package var bytes: [UInt8] { frame.bytes }

    private var frame: BrokerFrame {
        switch self {
        case .evidence(let reportData): BrokerFrame(code: 1, payload: reportData)
        case .sealingKey(let label, let binding):
            BrokerFrame(code: 2, payload: [binding.rawValue] + BrokerWriter.text(label))
        case .platform: BrokerFrame(code: 3, payload: [])
        case .activateCredential(let blob, let secret):
            BrokerFrame(
                code: 4,
                payload: BrokerWriter.number(UInt16(clamping: blob.count)) + blob
                    + BrokerWriter.number(UInt16(clamping: secret.count)) + secret
            )
        }
    }

    /// Decodes a request.
    ///
    /// - Parameter frame: The received frame.
    /// - Throws: ``BrokerFailure/malformed`` for an invalid payload, ``BrokerFailure/requestUnknown`` for an unknown
    ///   kind.
    package init(_ frame: BrokerFrame) throws(BrokerFailure) {
        var reader = BrokerReader(frame.payload)
        switch frame.code {
        case 1:
            self = .evidence(reportData: try reader.bytes(Self.reportDataLength))
        case 2:
            guard let binding = SealingBinding(rawValue: UInt8(try reader.number(bytes: 1))) else { throw .malformed }
            let label = try reader.text()
            guard label.utf8.count <= Self.maximumLabelLength else { throw .malformed }
            self = .sealingKey(label: label, binding: binding)
        case 3: self = .platform
        case 4:
            let blob = try reader.bytes(reader.number(bytes: 2))
            self = .activateCredential(blob: blob, secret: try reader.bytes(reader.number(bytes: 2)))
        default: throw .requestUnknown
        }
        guard reader.isAtEnd else { throw .malformed }
    }

    /// What a sealing key is bound to.
    package enum SealingBinding: UInt8, Sendable, CaseIterable {
        /// The whole measurement: another package, or another version of this one, gets another key.
        case package = 1
        /// The package's signer: a later version by the same signer gets the same key.
        case signer = 2
    }
}
