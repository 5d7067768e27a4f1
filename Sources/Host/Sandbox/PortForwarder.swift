import NIOCore
import NIOPosix

/// Forwards TCP connections from the host's loopback interface to the application in its network namespace.
package struct PortForwarder: Sendable {
    private typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>
    private typealias Listener = NIOAsyncChannel<Connection, Never>

    private let sandbox: Sandbox
    private let listeners: [(place: Int, channel: Listener)]
    /// The host's ports, in the order of the sandbox's ports.
    package let outsidePorts: [UInt16]

    /// Binds and listens on every port of a sandbox; ``run()`` accepts connections.
    ///
    /// - Parameter sandbox: The sandbox whose ports are forwarded.
    /// - Throws: `sandbox.port` where a port is in use.
    package init(_ sandbox: Sandbox) async throws {
        var listeners: [(place: Int, channel: Listener)] = []
        for (place, port) in sandbox.ports.enumerated() {
            do {
                let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                    .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                    .childChannelOption(.allowRemoteHalfClosure, value: true)
                    .bind(host: "127.0.0.1", port: Int(port.outside)) { child in
                        child.eventLoop.makeCompletedFuture { try Self.connection(child) }
                    }
                listeners.append((place, channel))
            } catch {
                for listener in listeners { try? await listener.channel.channel.close() }
                throw SandboxError(
                    .port,
                    subject: "port \(port.outside) of the loopback interface",
                    expected: "a port that is free",
                    found: "\(error)"
                )
            }
        }
        self.sandbox = sandbox
        self.listeners = listeners
        outsidePorts = listeners.map { UInt16($0.channel.channel.localAddress?.port ?? 0) }
    }

    /// Accepts and forwards connections until the task is cancelled; then it closes all of them.
    package func run() async {
        await withDiscardingTaskGroup { group in
            for (place, listener) in listeners {
                group.addTask { try? await serve(listener, place) }
            }
        }
    }

    private func serve(_ listener: Listener, _ place: Int) async throws {
        try await listener.executeThenClose { connections in
            await withDiscardingTaskGroup { group in
                // A failed connection ends alone; the listener ends with its task.
                do {
                    for try await connection in connections {
                        group.addTask { try? await forward(connection, to: place) }
                    }
                } catch {}
                group.cancelAll()
            }
        }
    }

    private func forward(_ outside: Connection, to place: Int) async throws {
        try await outside.executeThenClose { fromOutside, toOutside in
            guard let socket = await Sandbox.onThread({ sandbox.connect(toPortAt: place) }) else { return }
            let inside = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .channelOption(.allowRemoteHalfClosure, value: true)
                .withConnectedSocket(socket) { channel in
                    channel.eventLoop.makeCompletedFuture { try Self.connection(channel) }
                }
            try await inside.executeThenClose { fromInside, toInside in
                async let up: Void = copy(fromOutside, to: toInside)
                async let down: Void = copy(fromInside, to: toOutside)
                _ = try await (up, down)
            }
        }
    }

    private func copy(
        _ source: NIOAsyncChannelInboundStream<ByteBuffer>,
        to destination: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) async throws {
        for try await buffer in source { try await destination.write(buffer) }
        destination.finish()
    }

    private static func connection(_ channel: any Channel) throws -> Connection {
        try NIOAsyncChannel(
            wrappingChannelSynchronously: channel,
            configuration: .init(isOutboundHalfClosureEnabled: true)
        )
    }
}
