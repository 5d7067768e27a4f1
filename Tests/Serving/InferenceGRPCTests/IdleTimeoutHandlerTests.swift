import NIOCore
import NIOEmbedded
import Testing

@testable import InferenceGRPC

/// When a connection is cut, on a clock that the tests move.
@Suite struct SilenceWatchTests {
    /// The first bytes of any client that speaks HTTP/2 (RFC 9113 §3.4).
    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    private static func channel() throws -> EmbeddedChannel {
        let channel = EmbeddedChannel(handler: IdleTimeoutHandler(timeout: .seconds(10)))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return channel
    }

    private static func pass(_ seconds: Int64, _ channel: EmbeddedChannel) {
        channel.embeddedEventLoop.advanceTime(by: .seconds(seconds))
    }

    @Test(arguments: 0...23)
    func `cuts a client whose preface is not there in time, and not before`(size: Int) throws {
        let channel = try Self.channel()
        // A byte a time gains no time.
        for byte in Self.preface.prefix(size) { try channel.writeInbound(ByteBuffer(bytes: [byte])) }
        Self.pass(9, channel)
        #expect(channel.isActive)
        Self.pass(1, channel)
        #expect(!channel.isActive)
        _ = try channel.finish(acceptAlreadyClosed: true)
    }

    @Test(arguments: [1, 5, 24])
    func `lets a client in whose preface came, in however many pieces`(size: Int) throws {
        let channel = try Self.channel()
        for start in stride(from: 0, to: Self.preface.count, by: size) {
            let piece = ByteBuffer(bytes: Self.preface[start..<min(start + size, Self.preface.count)])
            try channel.writeInbound(piece)
            #expect(try channel.readInbound() == piece)
        }
        Self.pass(19, channel)
        #expect(channel.isActive)
        Self.pass(1, channel)
        #expect(!channel.isActive)
        _ = try channel.finish(acceptAlreadyClosed: true)
    }

    @Test func `keeps a client as long as it says something now and then`() throws {
        let channel = try Self.channel()
        try channel.writeInbound(ByteBuffer(bytes: Self.preface))
        for _ in 0..<10 {
            Self.pass(19, channel)
            try channel.writeInbound(ByteBuffer(bytes: [0]))
        }
        #expect(channel.isActive)
        Self.pass(20, channel)
        #expect(!channel.isActive)
        _ = try channel.finish(acceptAlreadyClosed: true)
    }

    @Test func `when the server ends, closes whoever has not come in, and leaves the others to gRPC`() throws {
        let (stranger, client) = (try Self.channel(), try Self.channel())
        try client.writeInbound(ByteBuffer(bytes: Self.preface))
        for channel in [stranger, client] {
            channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        }
        #expect(!stranger.isActive && client.isActive)
        for channel in [stranger, client] { _ = try channel.finish(acceptAlreadyClosed: true) }
    }

    @Test func `takes its clock away with it`() throws {
        let channel = try Self.channel()
        _ = try channel.finish()
        Self.pass(100, channel)
        #expect(!channel.isActive)
    }
}
