/// What process 1 answers; on the socket it is a ``BrokerFrame`` whose code is 0, or a ``BrokerFailure``.
package enum EvidenceAnswer: Equatable, Sendable {
    /// The length of a sealing key, in bytes.
    package static let sealingKeyLength = 32
    /// The most parts of evidence.
    package static let maximumPartCount = 16

    /// Evidence: the kind's name and the parts, as an evidence bundle names them.
    case evidence(kind: String, parts: [Part])
    /// A sealing key.
    case sealingKey([UInt8])
    /// The platform's name: an evidence bundle's kind, or `none` where nothing vouches for the machine.
    case platform(String)
    /// The secret that a credential held.
    case secret([UInt8])
    /// Nothing but why not.
    case failure(BrokerFailure)

    /// One part of evidence.
    package struct Part: Equatable, Sendable {
        /// What it is, such as `attest`.
        package let name: String
        /// Its bytes.
        package let bytes: [UInt8]

        /// A part.
        ///
        /// - Parameters:
        ///   - name: What it is; at most 255 bytes of UTF-8.
        ///   - bytes: Its bytes.
        package init(name: String, bytes: [UInt8]) {
            self.name = name
            self.bytes = bytes
        }
    }

    /// The answer as it goes over the socket; ``BrokerFailure/tooLarge`` in its place where it is longer than an answer.
    package var bytes: [UInt8] {
        let frame = frame
        guard frame.payload.count <= BrokerFrame.maximumAnswerLength else { return Self.failure(.tooLarge).bytes }
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

    /// Reads the answer to a request.
    ///
    /// - Parameters:
    ///   - frame: What came over the socket.
    ///   - request: What was asked.
    /// - Throws: ``BrokerFailure/malformed`` for what is no answer to it.
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
