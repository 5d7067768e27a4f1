import InferenceClient
import NIOCore
import NIOPosix
import Synchronization

/// A server that answers every request with the same bytes, good or bad.
final class ScriptedServer: Sendable {
    private struct State {
        var connections = 0
        var received = ""
    }

    private let recorder = Recorder()
    private let channel: any Channel

    /// - Parameters:
    ///   - response: What is sent once a request's end was seen; nothing is sent for an empty text.
    ///   - closesAfterResponse: Whether the connection ends after it.
    /// - Throws: NIO's error where the loopback interface gives no port.
    init(_ response: String, closesAfterResponse: Bool = false) throws {
        let record = recorder
        channel = try ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    record.state.withLock { $0.connections += 1 }
                    try channel.pipeline.syncOperations.addHandler(
                        Responder(record: record, response: response, closes: closesAfterResponse)
                    )
                }
            }
            .bind(host: "127.0.0.1", port: 0).wait()
    }

    deinit {
        channel.close(promise: nil)
    }

    /// How many connections were opened.
    var connectionCount: Int { recorder.state.withLock { $0.connections } }

    /// Where it listens.
    var port: Int { channel.localAddress?.port ?? 0 }

    /// All that came in.
    var received: String { recorder.state.withLock { $0.received } }

    func client(answerWithin limit: Duration = .seconds(30)) throws -> InferenceClient {
        var timeouts = InferenceClient.Timeouts()
        timeouts.answer = limit
        return try InferenceClient(
            insecurePlaintext: ServerAddress("http://127.0.0.1:\(port)"),
            timeouts: timeouts
        )
    }

    private final class Recorder: Sendable {
        let state = Mutex(State())
    }

    private final class Responder: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let record: Recorder
        private let response: String
        private let closes: Bool
        private var request = ""

        init(record: Recorder, response: String, closes: Bool) {
            self.record = record
            self.response = response
            self.closes = closes
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let text = String(buffer: unwrapInboundIn(data))
            record.state.withLock { $0.received += text }
            request += text
            // A form ends with its closing boundary, a request without a body with an empty line.
            guard request.hasSuffix("--\r\n") || (request.hasPrefix("GET") && request.hasSuffix("\r\n\r\n")) else {
                return
            }
            request = ""
            guard !response.isEmpty else { return }
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: response)), promise: nil)
            if closes { context.close(promise: nil) }
        }
    }
}
