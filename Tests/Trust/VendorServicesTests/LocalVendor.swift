import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// A vendor's service on the loopback interface, which answers as it is told and notes what it was asked for.
final class LocalVendor: Sendable {
    /// What it answers to one address.
    struct Answer: Sendable {
        var status: HTTPResponseStatus = .ok
        var headers: [(String, String)] = []
        var body: [UInt8] = []
        /// Whether the connection ends in the middle of the body.
        var isCut = false
        /// Whether nothing is answered at all.
        var isSilent = false
    }

    private let script: Script
    private let channel: any Channel

    /// Starts.
    ///
    /// - Parameters:
    ///   - answers: By path with its query, or by path alone; the last of several is given again and again.
    ///   - tls: What to encrypt by.
    /// - Throws: NIO's error where the loopback interface gives no port.
    init(_ answers: [String: [Answer]], tls: TLSConfiguration? = nil) async throws {
        let script = Script(answers)
        let context = try tls.map { try NIOSSLContext(configuration: $0) }
        self.script = script
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let context { try pipeline.addHandler(NIOSSLServerHandler(context: context)) }
                    try pipeline.configureHTTPServerPipeline()
                    try pipeline.addHandler(Responder(script: script))
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
    }

    deinit {
        channel.close(promise: nil)
    }

    /// The port that it listens on.
    var port: Int { channel.localAddress?.port ?? 0 }

    /// What was asked for, in order.
    var asked: [String] { script.state.withLock { $0.asked } }
}

/// What is answered, and what was asked.
private final class Script: Sendable {
    struct State {
        var answers: [String: [LocalVendor.Answer]]
        var asked: [String] = []
    }

    let state: Mutex<State>

    init(_ answers: [String: [LocalVendor.Answer]]) {
        state = Mutex(State(answers: answers))
    }

    func answer(to address: String) -> LocalVendor.Answer {
        state.withLock { state in
            state.asked.append(address)
            let path = address.split(separator: "?").first.map(String.init) ?? address
            guard let answers = state.answers[address] ?? state.answers[path], let first = answers.first else {
                return LocalVendor.Answer(status: .notFound)
            }
            if answers.count > 1 { state.answers[address] = Array(answers.dropFirst()) }
            return first
        }
    }
}

private final class Responder: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let script: Script

    init(script: Script) {
        self.script = script
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let request) = unwrapInboundIn(data) else { return }
        let answer = script.answer(to: request.uri)
        guard !answer.isSilent else { return }
        var headers = HTTPHeaders(answer.headers)
        headers.add(name: "Content-Length", value: "\(answer.body.count)")
        let head = HTTPResponseHead(version: .http1_1, status: answer.status, headers: headers)
        let body = answer.isCut ? Array(answer.body.prefix(answer.body.count / 2)) : answer.body
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
        guard !answer.isCut else {
            context.flush()
            context.close(promise: nil)
            return
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}
