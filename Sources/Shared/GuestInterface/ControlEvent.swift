/// An event that the guest sends to its host; the fixed list keeps application data from leaking this way.
///
/// Each event is eight bytes on the control channel, a virtio serial port named `adyton.control`: `0xad`, version 1,
/// the kind, a zero, then a signed 32-bit little-endian value. The other direction is ``HostMessage``.
package enum ControlEvent: Equatable, Sendable {
    /// The name of the virtio serial port.
    package static let portName = "adyton.control"
    /// The length of an encoded event, in bytes.
    package static let length = 8

    /// The boot has reached this stage.
    case reached(GuestStage)
    /// The application is ready; without a readiness check, it was started.
    case ready
    /// A heartbeat of process 1, sent every second.
    case alive
    /// The application exited with this status.
    case exited(UInt8)
    /// The application was killed by this signal.
    case killed(UInt8)
    /// The guest failed and powers off.
    case failed(GuestFailure)

    /// The encoded event, eight bytes.
    package var bytes: [UInt8] {
        let (kind, value): (UInt8, Int32) =
            switch self {
            case .reached(let stage): (1, Int32(stage.rawValue))
            case .ready: (2, 0)
            case .alive: (3, 0)
            case .exited(let status): (4, Int32(status))
            case .killed(let signal): (5, Int32(signal))
            case .failed(let failure): (6, Int32(failure.rawValue))
            }
        return [0xad, 1, kind, 0] + (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    /// Decodes an event; nil for anything that ``bytes`` does not produce, because the host does not trust the guest.
    ///
    /// - Parameter bytes: One received event, eight bytes.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.length, bytes[0] == 0xad, bytes[1] == 1, bytes[3] == 0 else { return nil }
        let value = bytes[4...].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        switch bytes[2] {
        case 1:
            guard let stage = UInt8(exactly: value).flatMap(GuestStage.init) else { return nil }
            self = .reached(stage)
        case 2 where value == 0: self = .ready
        case 3 where value == 0: self = .alive
        case 4:
            guard let status = UInt8(exactly: value) else { return nil }
            self = .exited(status)
        case 5:
            guard let signal = UInt8(exactly: value) else { return nil }
            self = .killed(signal)
        case 6:
            guard let failure = UInt8(exactly: value).flatMap(GuestFailure.init) else { return nil }
            self = .failed(failure)
        default: return nil
        }
    }
}

/// The stages of the guest's boot, in order.
package enum GuestStage: UInt8, CaseIterable, Sendable {
    case started = 1
    case modules
    case clock
    case network
    case root
    case mounts
    case application
}

/// Why the guest failed.
///
/// The numbers and codes are part of the interface and never change.
package enum GuestFailure: UInt8, CaseIterable, Sendable {
    case plan = 1
    case module
    case control
    case clock
    case network
    case rootVolume
    case rootMount
    case mount
    case switchRoot
    case applicationMissing
    case applicationStart
    case hostArgument
    case evidence
    case hardening
    case outOfMemory
    case hostDocument
    case gateway
    case kernel

    /// The stable code for users and programs.
    package var code: String {
        switch self {
        case .plan: "guest.plan"
        case .module: "guest.module"
        case .control: "guest.control"
        case .clock: "guest.clock"
        case .network: "guest.network"
        case .rootVolume: "guest.root-volume"
        case .rootMount: "guest.root-mount"
        case .mount: "guest.mount"
        case .switchRoot: "guest.switch-root"
        case .applicationMissing: "guest.application-missing"
        case .applicationStart: "guest.application-start"
        case .hostArgument: "guest.host-argument"
        case .evidence: "guest.evidence"
        case .hardening: "guest.hardening"
        case .outOfMemory: "guest.out-of-memory"
        case .hostDocument: "guest.host-document"
        case .gateway: "guest.gateway"
        case .kernel: "guest.kernel"
        }
    }
}
