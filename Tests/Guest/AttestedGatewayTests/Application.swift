import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// An application that speaks plain HTTP on the loopback interface.
final class Application: Sendable {
    static let evaluation = Array(
        """
        {"model":{"name":"m","version":"1","digest":"00"},"engines":[{"name":"E","version":"2","top":[{"label":"cat",\
        "index":0,"probability":0.5}]}],"timings":{"preparation":1,"inference":2,"engines":{"E":2},"batchSize":1}}
        """.utf8
    )

    private let log = Log()
    private let channel: any Channel

    /// - Parameter answer: Makes the answer of the request's head and body; nil breaks off.
    /// - Throws: NIO's error where the loopback interface gives no port.
    init(_ answer: @escaping @Sendable (HTTPRequestHead, [UInt8]) -> [UInt8]?) throws {
        let log = log
        channel = try ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Responder(log, answer))
                }
            }
            .bind(host: "127.0.0.1", port: 0).wait()
    }

    deinit { try? channel.close().wait() }

    var port: Int { channel.localAddress?.port ?? 0 }
    /// The heads that came in.
    var requests: [String] { log.requests.withLock { $0 } }

    private final class Log: Sendable {
        let requests = Mutex<[String]>([])
    }

    private final class Responder: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let log: Log
        private let answer: @Sendable (HTTPRequestHead, [UInt8]) -> [UInt8]?
        private var head: HTTPRequestHead?
        private var body: [UInt8] = []

        init(_ log: Log, _ answer: @escaping @Sendable (HTTPRequestHead, [UInt8]) -> [UInt8]?) {
            (self.log, self.answer) = (log, answer)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                self.head = head
                body = []
                let fields = head.headers.map { "\($0.name): \($0.value)" }
                let text = (["\(head.method) \(head.uri) HTTP/1.1"] + fields).joined(separator: "\r\n")
                log.requests.withLock { $0.append(text) }
            case .body(let part): body += part.readableBytesView
            case .end:
                guard let head, let bytes = answer(head, body) else { return context.close(promise: nil) }
                // Without a length the body goes out in chunks.
                let answer = HTTPResponseHead(
                    version: .http1_1,
                    status: .ok,
                    headers: head.uri == "/chunks" ? [:] : ["content-length": "\(bytes.count)"]
                )
                context.write(wrapOutboundOut(.head(answer)), promise: nil)
                context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: bytes)))), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }
    }
}
