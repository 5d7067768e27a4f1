import AttestedGateway
import AttestedTransport
import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import TestSupport
import Testing

/// Clients that hold connections of a gateway, and others that ask meanwhile.
@Suite struct GatewayFloodTests {
    /// A gateway with one limit changed, before a port at which nobody listens.
    private static func withGateway<Value>(
        _ limit: WritableKeyPath<Gateway.Configuration, Value>,
        _ value: Value,
        use: (Int) async throws -> Void
    ) async throws {
        var configuration = Gateway.Configuration(applicationPort: 1)
        configuration[keyPath: limit] = value
        try await TestGateway.run(configuration, use: use)
    }

    /// A connection from an address of the loopback network, with TLS that checks no certificate, or without.
    private static func connection(to port: Int, from address: String, hasTLS: Bool) async throws -> any Channel {
        var settings = TLSConfiguration.makeClientConfiguration()
        settings.certificateVerification = .none
        settings.applicationProtocols = ["http/1.1"]
        let context = try NIOSSLContext(configuration: settings)
        return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(to: SocketAddress(ipAddress: address, port: 0))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard hasTLS else { return }
                    try channel.pipeline.syncOperations.addHandler(
                        NIOSSLClientHandler(context: context, serverHostname: nil)
                    )
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
    }

    @Test func `a flood of silent connections from one address leaves room for others`() async throws {
        let curl = try #require(OutsideTool(named: "curl"))
        try await Self.withGateway(\.maximumConnections, 16) { port in
            var flood: [any Channel] = []
            for _ in 0..<16 { flood.append(try await Self.connection(to: port, from: "127.0.0.2", hasTLS: false)) }
            // Four of them have no place, and are closed.
            let closed = AsyncStream { stream in
                for channel in flood { channel.closeFuture.whenComplete { _ in stream.yield() } }
            }
            var count = 0
            for await _ in closed {
                count += 1
                if count == 4 { break }
            }
            let nonce = String(repeating: "ab", count: 32)
            let answer = try await curl.run([
                "--insecure", "--silent", "--show-error", "--max-time", "60", "--interface", "127.0.0.3",
                "https://127.0.0.1:\(port)\(EvidenceDocument.path)?nonce=\(nonce)",
            ])
            #expect(answer.status == 0 && answer.standardOutput.starts(with: Data("{".utf8)), "\(answer.standardError)")
            for channel in flood where channel.isActive { try? await channel.close() }
        }
    }

    @Test func `a connection that never completes its handshake is closed`() async throws {
        try await Self.withGateway(\.handshakeTimeout, .milliseconds(50)) { port in
            try await Self.connection(to: port, from: "127.0.0.1", hasTLS: false).closeFuture.get()
        }
    }

    @Test(arguments: ["", "GET / HTTP/1.1\r\nhost: a\r\nx: "])
    func `a head that does not come, or does not end, closes the connection`(text: String) async throws {
        try await Self.withGateway(\.headerTimeout, .milliseconds(50)) { port in
            let channel = try await Self.connection(to: port, from: "127.0.0.1", hasTLS: true)
            try? await channel.writeAndFlush(ByteBuffer(string: text))
            try? await channel.closeFuture.get()
            #expect(!channel.isActive)
        }
    }

    @Test func `a body that stops in the middle closes the connection`() async throws {
        try await Self.withGateway(\.bodyTimeout, .milliseconds(50)) { port in
            let channel = try await Self.connection(to: port, from: "127.0.0.1", hasTLS: true)
            // Of a challenge, so that no application answers in between.
            let head = "GET \(EvidenceDocument.path) HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nabc"
            try await channel.writeAndFlush(ByteBuffer(string: head))
            try? await channel.closeFuture.get()
            #expect(!channel.isActive)
        }
    }
}
