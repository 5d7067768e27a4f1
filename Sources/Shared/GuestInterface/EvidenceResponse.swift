/// A response of process 1 to an ``EvidenceRequest``.
///
/// On the socket it is a ``BrokerFrame``, whose code is 0 or a ``BrokerFailure``.
package enum EvidenceResponse: Equatable, Sendable {
    /// The length of a sealing key, in bytes.
    package static let sealingKeyLength = 32
    /// The maximum number of evidence parts.
    package static let maximumPartCount = 16

    /// Evidence: the evidence bundle's kind and its parts.
    case evidence(kind: String, parts: [Part])
    /// A sealing key.
    case sealingKey([UInt8])
    /// The platform's name: an evidence bundle's kind, or `none` where the machine has no attester.
    case platform(String)
    /// The decrypted secret of a credential.
    case secret([UInt8])
    /// The request failed.
    case failure(BrokerFailure)

    /// One part of evidence.
    package struct Part: Equatable, Sendable {
        /// The part's name, such as `attest`.
        package let name: String
        /// The part's content.
        package let bytes: [UInt8]

        /// Creates a part.
        ///
        /// - Parameters:
        ///   - name: The name; at most 255 bytes of UTF-8.
        ///   - bytes: The content.
        package init(name: String, bytes: [UInt8]) {
            self.name = name
            self.bytes = bytes
        }
    }

    /// The encoded response; ``BrokerFailure/tooLarge`` where it exceeds ``BrokerFrame/maximumResponseLength``.
    package var bytes: [UInt8] {
        let frame = frame
        guard frame.payload.count <= BrokerFrame.maximumResponseLength else { return Self.failure(.tooLarge).bytes }
        return frame.bytes
    }

    private var frame: BrokerFrame {
        switch self {
        case .evidence(let kind, let parts):
            var payload = BrokerWriter.text(kind) + [UInt8(clamping: parts.count)]
            for part in parts {
                payload += BrokerWriter.text(part.name) + BrokerWriter.number(UInt32(clamping: part.bytes.count))
                payload += part.bytes
            }
            return BrokerFrame(code: 0, payload: payload)
        case .sealingKey(let bytes), .secret(let bytes): return BrokerFrame(code: 0, payload: bytes)
        case .platform(let name): return BrokerFrame(code: 0, payload: BrokerWriter.text(name))
        case .failure(let failure): return BrokerFrame(code: failure.rawValue, payload: [])
        }
    }

    /// Decodes the response to a request.
    ///
    /// - Parameters:
    ///   - frame: The received frame.
    ///   - request: The request that was sent.
    /// - Throws: ``BrokerFailure/malformed`` where the frame is not a response to that request.
    package init(_ frame: BrokerFrame, to request: EvidenceRequest) throws(BrokerFailure) {
        guard frame.code == 0 else {
            guard let failure = BrokerFailure(rawValue: frame.code), frame.payload.isEmpty else { throw .malformed }
            self = .failure(failure)
            return
        }
        var reader = BrokerReader(frame.payload)
        switch request {
        case .evidence:
            let kind = try reader.text()
            let count = try reader.number(bytes: 1)
            guard count <= Self.maximumPartCount else { throw .malformed }
            var parts: [Part] = []
            for _ in 0..<count {
                let name = try reader.text()
                guard !parts.contains(where: { $0.name == name }) else { throw .malformed }
                parts.append(Part(name: name, bytes: try reader.bytes(reader.number(bytes: 4))))
            }
            self = .evidence(kind: kind, parts: parts)
        case .sealingKey: self = .sealingKey(try reader.bytes(Self.sealingKeyLength))
        case .platform: self = .platform(try reader.text())
        case .activateCredential: self = .secret(try reader.bytes(frame.payload.count))
        }
        guard reader.isAtEnd else { throw .malformed }
    }
}
