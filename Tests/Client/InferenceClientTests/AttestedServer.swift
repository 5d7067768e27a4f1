import Attestation
import AttestedTransport
import Crypto
import Foundation
import InferenceClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// A server that proves itself, or fails to in a chosen way, and writes down every byte that reached it under TLS.
final class AttestedServer: Sendable {
    /// How it answers a challenge.
    enum Behaviour: Sendable {
        case honest
        /// With a document that somebody else's server made, or itself for somebody else.
        case replay([UInt8])
        /// With evidence of another server's key.
        case evidence(of: EvidenceIssuer)
        /// With evidence for a nonce of its own choice.
        case anotherNonce
        /// With a status that is not 200.
        case status(Int)
        /// So many times with 429, then honestly.
        case busyAtFirst(Int)
        case garbage
    }

    fileprivate struct State {
        var received: [UInt8] = []
        var connections = 0
        var challenges = 0
    }

    static let answer = """
        {"model":{"name":"m","version":"1","digest":"00"},"engines":[{"name":"E","version":"2","top":[{"label":"cat",\
        "index":0,"probability":0.5}]}],"timings":{"preparation":1,"inference":2,"engines":{"E":2},"batchSize":1}}
        """

    let issuer: EvidenceIssuer
    private let channel: any Channel
    private let log: Log

    init(
        _ behaviour: Behaviour = .honest,
        source: InsecureProcessSource,
        configuration change: @Sendable (inout TLSConfiguration) -> Void = { _ in }
    ) async throws {
        var limits = EvidenceRateLimiter.Limits()
        limits.burst = 1000
        limits.maximumUnderWay = 1000
        let issuer = EvidenceIssuer(
            identity: try await ServerIdentity(from: source),
            source: source,
            package: .none,
            limits: limits
        )
        self.issuer = issuer
        let log = Log()
        self.log = log
        var configuration = try issuer.identity.tlsConfiguration()
        change(&configuration)
        let context = try NIOSSLContext(configuration: configuration)
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    log.state.withLock { $0.connections += 1 }
                    try pipeline.addHandler(NIOSSLServerHandler(context: context))
                    try pipeline.addHandler(Recorder { bytes in log.state.withLock { $0.received += bytes } })
                    try pipeline.configureHTTPServerPipeline()
                    try pipeline.addHandler(Responder(behaviour, issuer: issuer, log: log))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    deinit { channel.close(promise: nil) }

    var port: Int { channel.localAddress?.port ?? 0 }
    /// What came in, after TLS.
    var received: [UInt8] { log.state.withLock { $0.received } }
    var connectionCount: Int { log.state.withLock { $0.connections } }
    var challengeCount: Int { log.state.withLock { $0.challenges } }

    fileprivate final class Log: Sendable {
        let state = Mutex(State())
    }

    private final class Responder: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let behaviour: Behaviour
        private let issuer: EvidenceIssuer
        private let log: Log
        private var path = ""

        init(_ behaviour: Behaviour, issuer: EvidenceIssuer, log: Log) {
            (self.behaviour, self.issuer, self.log) = (behaviour, issuer, log)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): path = head.uri
            case .body: break
            case .end: respond(context)
            }
        }

        private func respond(_ context: ChannelHandlerContext) {
            guard path.hasPrefix(EvidenceDocument.path) else {
                return Self.write(200, Array(AttestedServer.answer.utf8), to: context.channel)
            }
            let nonce = path.split(separator: "=").last.map(String.init)
            let number = log.state.withLock { state in
                state.challenges += 1
                return state.challenges
            }
            let channel = context.channel
            let behaviour = behaviour
            let issuer = issuer
            channel.eventLoop.makeFutureWithTask {
                try await Self.answer(behaviour, issuer, nonce, number, channel)
            }
            // Silence would look like a slow server.
            .whenFailure { _ in channel.close(promise: nil) }
        }

        private static func answer(
            _ behaviour: Behaviour,
            _ issuer: EvidenceIssuer,
            _ nonce: String?,
            _ number: Int,
            _ channel: any Channel
        ) async throws {
            switch behaviour {
            case .honest: write(200, try await issuer.document(nonce: nonce), to: channel)
            case .replay(let document): write(200, document, to: channel)
            case .evidence(let other): write(200, try await other.document(nonce: nonce), to: channel)
            case .anotherNonce:
                let other = Challenge.random().hexadecimal
                write(200, try await issuer.document(nonce: other), to: channel)
            case .status(let status): write(status, Array("{}".utf8), to: channel)
            case .busyAtFirst(let count):
                guard number > count else { return write(429, Array("{}".utf8), to: channel) }
                write(200, try await issuer.document(nonce: nonce), to: channel)
            case .garbage: write(200, [0, 1, 2, 3], to: channel)
            }
        }

        private static func write(_ status: Int, _ body: [UInt8], to channel: any Channel) {
            var head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status))
            head.headers.add(name: "content-length", value: "\(body.count)")
            if status == 429 { head.headers.add(name: "retry-after", value: "1") }
            channel.write(HTTPServerResponsePart.head(head), promise: nil)
            channel.write(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: body))), promise: nil)
            channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil)
        }
    }
}

/// Hands every buffer that passes inwards to somebody, too.
final class Recorder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let note: @Sendable ([UInt8]) -> Void

    init(_ note: @escaping @Sendable ([UInt8]) -> Void) {
        self.note = note
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        note(Array(unwrapInboundIn(data).readableBytesView))
        context.fireChannelRead(data)
    }
}
