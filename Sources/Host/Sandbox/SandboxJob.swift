import Foundation

/// What a launcher asks of the sandbox's process 1: descriptor 3 of that process, as JSON.
///
/// The root file system's image comes over the control socket first.
struct SandboxJob: Codable, Equatable {
    /// A launch plan's text.
    let plan: String
    /// The application's ports; the launcher asks for connections to them by their place in this list.
    let ports: [UInt16]
    /// Whether the host's network is the application's too.
    let sharesNetwork: Bool
    /// The host's resolver configuration is shown where the network is shared.
    static let resolver = "/etc/resolv.conf"

    /// The descriptors that a sandbox's process 1 begins with.
    static let descriptor: Int32 = 3
    static let controlDescriptor: Int32 = 4
}

/// A byte on the control socket.
enum SandboxSignal {
    /// Process 1 says that the application runs.
    static let started: UInt8 = 0xa1
    /// A descriptor of a connection comes with this byte.
    static let connected: UInt8 = 0xc1
    /// Nothing listens at that port.
    static let refused: UInt8 = 0xc0
}
