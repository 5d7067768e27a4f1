/// An event that extends a measurement register.
package struct MeasuredEvent: Sendable, Equatable {
    /// A name for users.
    package let name: String
    /// The digests that extend the register.
    package let digests: DigestPair

    /// Creates an event.
    ///
    /// - Parameters:
    ///   - name: A name for users.
    ///   - digests: The digests that extend the register.
    package init(_ name: String, _ digests: DigestPair) {
        self.name = name
        self.digests = digests
    }

    init(_ name: String, bytes: [UInt8]) {
        self.init(name, DigestPair(of: bytes))
    }
}

/// A register that starts at zero, and the events that extend it in order.
package struct MeasuredRegister: Sendable, Equatable {
    /// The events; with none the register stays zero.
    package let events: [MeasuredEvent]

    /// Creates a register.
    ///
    /// - Parameter events: The events, in order.
    package init(_ events: [MeasuredEvent]) {
        self.events = events
    }

    /// Computes the register's final value (TCG PC Client Platform TPM Profile: new = H(old ‖ digest)).
    ///
    /// - Parameter bank: The register's hash algorithm.
    /// - Returns: The value, of the bank's digest size.
    package func value(in bank: HashBank) -> [UInt8] {
        events.reduce([UInt8](repeating: 0, count: bank.digestSize)) { bank.digest($0 + $1.digests[bank]) }
    }
}

/// How far the launch's files determine a register.
package enum RegisterPrediction: Sendable, Equatable {
    /// An event of a register that the files determine only in part.
    package enum Event: Sendable, Equatable {
        /// The files determine the event.
        case determined(MeasuredEvent)
        /// The host determines the event, which this text describes.
        case decidedByHost(String)
    }

    /// The files determine every event.
    case determined(MeasuredRegister)
    /// The host determines some events, so the value is unknown; a verifier has to replay the event log.
    case partly([Event], because: String)
    /// The value is recorded but not compared.
    case recorded(because: String)

    /// The value where the files determine it.
    ///
    /// - Parameter bank: The register's hash algorithm.
    /// - Returns: nil where the host determines any event.
    package func value(in bank: HashBank) -> [UInt8]? {
        guard case .determined(let register) = self else { return nil }
        return register.value(in: bank)
    }
}
