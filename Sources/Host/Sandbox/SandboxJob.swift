import Foundation

/// The launcher's configuration for process 1 of the sandbox, as JSON in that process's descriptor 3.
///
/// The image of the root file system comes first on the control socket, as a file descriptor.
struct SandboxJob: Codable, Equatable {
    /// The launch plan's text.
    let plan: String
    /// The application's ports; the launcher requests connections by index in this list.
    let ports: [UInt16]
    /// Whether the application shares the host's network.
    let sharesNetwork: Bool
    /// Whether the application stops itself before its program starts, for a tracer to attach.
    let stops: Bool
    /// The host's resolver configuration, bind-mounted where the network is shared.
    static let resolver = "/etc/resolv.conf"

    /// The inherited descriptors of a sandbox's process 1.
    static let descriptor: Int32 = 3
    static let controlDescriptor: Int32 = 4
}

/// Message bytes on the control socket.
enum SandboxSignal {
    /// The application runs.
    static let started: UInt8 = 0xa1
    /// Connected; the socket's descriptor is attached to the message.
    static let connected: UInt8 = 0xc1
    /// The connection was refused.
    static let refused: UInt8 = 0xc0
}
