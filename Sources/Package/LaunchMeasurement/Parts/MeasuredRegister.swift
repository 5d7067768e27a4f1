/// Something that a register is extended with.
package struct MeasuredEvent: Sendable, Equatable {
    /// What it is, for people.
    package let name: String
    /// What goes into the register.
    package let digests: DigestPair

    /// - Parameters:
    ///   - name: What it is, for people.
    ///   - digests: What goes into the register.
    package init(_ name: String, _ digests: DigestPair) {
        self.name = name
        self.digests = digests
    }

    init(_ name: String, bytes: [UInt8]) {
        self.init(name, DigestPair(of: bytes))
    }
}

/// A register that begins as zeros, and the events that extend it in their order.
package struct MeasuredRegister: Sendable, Equatable {
    /// What extends the register; none leaves it as zeros.
    package let events: [MeasuredEvent]

    /// - Parameter events: What extends the register, in order.
    package init(_ events: [MeasuredEvent]) {
        self.events = events
    }

    /// What the register reads at the end (TCG PC Client Platform TPM Profile: new = H(old ‖ digest)).
    ///
    /// - Parameter bank: The hash function of the register.
    /// - Returns: As many bytes as the bank's digests have.
    package func value(in bank: HashBank) -> [UInt8] {
        events.reduce([UInt8](repeating: 0, count: bank.digestSize)) { bank.digest($0 + $1.digests[bank]) }
    }
}

/// What the files say of a register.
package enum RegisterPrediction: Sendable, Equatable {
    /// An event of a register that the files determine in part.
    package enum Event: Sendable, Equatable {
        /// The files determine it.
        case determined(MeasuredEvent)
        /// The host does, with what is named here.
        case decidedByHost(String)
    }

    /// The files determine every event.
    case determined(MeasuredRegister)
    /// Some events are the host's, and so the value cannot be known; a verifier has to replay the event log.
    case partly([Event], because: String)
    /// The value is to be kept for the record and compared with nothing.
    case recorded(because: String)

    /// The value where the files determine it.
    ///
    /// - Parameter bank: The hash function of the register.
    /// - Returns: nil for what the host has a part in.
    package func value(in bank: HashBank) -> [UInt8]? {
        guard case .determined(let register) = self else { return nil }
        return register.value(in: bank)
    }
}
