import Attestation
package import AttestedTransport
import Diagnostics
import FoundationEssentials
package import GuestInterface
package import NIOCore
import NIOHTTP1
import NIOPosix
import StrictJSON

/// An HTTP service on a local socket for applications in the machine: platform, evidence, verification of others'
/// evidence, and sealing keys.
package struct LocalService: Sendable {
    /// The largest request body in bytes.
    package static let maximumBodySize = 8 << 20

    private let issuer: EvidenceIssuer
    private let sealer: (any SealingKeyProvider)?

    /// Makes a service that does not listen yet.
    ///
    /// - Parameters:
    ///   - issuer: Issues evidence.
    ///   - sealer: Makes sealing keys; nil where the platform has none.
    package init(issuer: EvidenceIssuer, sealer: (any SealingKeyProvider)?) {
        self.issuer = issuer
        self.sealer = sealer
    }

    /// Starts to listen.
    ///
    /// - Parameter path: The socket's path; an existing file is replaced. The file's permissions decide who may
    ///   connect.
    /// - Returns: The listening socket.
    /// - Throws: The system's error where it cannot be bound.
    package func listen(at path: String) async throws -> any Channel {
        let service = self
        return try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 64)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(IdleStateHandler(allTimeout: .seconds(60)))
                    try pipeline.configureHTTPServerPipeline(withErrorHandling: true)
                    try pipeline.addHandler(LocalConnection(service))
                }
            }
            .bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
    }

    /// Answers one request.
    func answer(_ method: HTTPMethod, _ uri: String, _ body: [UInt8]) async -> LocalResponse {
        do {
            switch (method, String(uri.prefix { $0 != "?" })) {
            case (.GET, "/v1/platform"): return try .json(["platform": issuer.kind.rawValue])
            case (.GET, "/v1/evidence"): return try await evidence(uri)
            case (.POST, "/v1/verify"): return try verify(body)
            case (.POST, "/v1/sealing-key"): return try await sealingKey(body)
            case (_, "/v1/platform"), (_, "/v1/evidence"), (_, "/v1/verify"), (_, "/v1/sealing-key"):
                return LocalResponse(status: .methodNotAllowed, body: Reply.json("request.method-not-allowed"))
            default: return LocalResponse(status: .notFound, body: Reply.json("request.not-found"))
            }
        } catch {
            let (status, code, seconds) = Reply.status(of: error)
            return LocalResponse(status: status, body: Reply.json(code), retryAfter: seconds)
        }
    }

    private func evidence(_ uri: String) async throws -> LocalResponse {
        guard let text = Reply.parameter("data", of: uri), text.utf8.count <= 128, let data = Hexadecimal.bytes(text)
        else {
            return LocalResponse(status: .badRequest, body: Reply.json("request.invalid"))
        }
        let bundle = try await issuer.evidence(binding: ReportData(applicationData: data))
        return LocalResponse(status: .ok, body: Array(bundle.json))
    }

    /// Appraises evidence by the request's policy; without a policy it is refused, because any machine can vouch for
    /// itself.
    ///
    /// Dates are judged as of the request's `time`, which the application has from whom it trusts. Without one the machine's
    /// clock counts, which its host has set, and the verdict says so.
    private func verify(_ body: [UInt8]) throws -> LocalResponse {
        guard let request = try? JSONText(body).root,
            let names = request.members?.map(\.name), Set(names).subtracting(["time"]).count == 3,
            let bundle = request["evidence"], let policy = request["policy"],
            let data = request["data"]?.string.flatMap({ Hexadecimal.bytes($0) })
        else { return LocalResponse(status: .badRequest, body: Reply.json("request.invalid")) }
        let stated = request["time"]?.string.flatMap { try? Date($0, strategy: .iso8601) }
        guard stated != nil || request["time"] == nil else {
            return LocalResponse(status: .badRequest, body: Reply.json("request.invalid"))
        }
        let now = stated ?? Date()
        let findings = Self.verify(Data(bundle.bytes), Data(policy.bytes), data, at: now)
        let time = Verdict.Time(value: now.formatted(.iso8601), isProven: stated != nil)
        return try .json(Verdict(findings: findings, time: time))
    }

    private static func verify(_ bundle: Data, _ policy: Data, _ data: [UInt8], at now: Date) -> [Finding] {
        do throws(AttestationError) {
            let rules = try AppraisalPolicy(json: policy, subject: "policy")
            let evidence = try EvidenceBundle(json: bundle, subject: "evidence").evidence()
            switch Verifier().verify(evidence, at: now) {
            case .refused(let findings): return findings
            case .verified(let verified):
                let binding = try Binding(reportData: ReportData(applicationData: data).bytes)
                guard case .refused(let findings) = rules.appraise(verified, binding: binding, at: now) else {
                    return []
                }
                return findings
            }
        } catch {
            return [error.finding]
        }
    }

    private func sealingKey(_ body: [UInt8]) async throws -> LocalResponse {
        guard let request = try? JSONText.decode(SealingRequest.self, from: body),
            (1...EvidenceRequest.maximumLabelLength).contains(request.label.utf8.count),
            let binding = ["package": EvidenceRequest.SealingBinding.package, "signer": .signer][request.binding]
        else { return LocalResponse(status: .badRequest, body: Reply.json("request.invalid")) }
        guard let sealer else { throw TransportError(.unavailable, subject: "sealing key") }
        let key = try await sealer.sealingKey(label: request.label, binding: binding)
        return try .json(["key": Data(key).base64EncodedString()])
    }

    private struct SealingRequest: Decodable {
        let label: String
        let binding: String
    }

    private struct Verdict: Encodable {
        /// As of when the dates were judged.
        struct Time: Encodable {
            enum CodingKeys: String, CodingKey {
                case value
                case isProven = "proven"
            }

            let value: String
            /// Whether the caller stated it; the machine's own clock is its host's word.
            let isProven: Bool
        }

        let accepted: Bool
        let findings: [Finding]
        let time: Time

        init(findings: [Finding], time: Time) {
            accepted = findings.isEmpty
            self.findings = findings
            self.time = time
        }
    }
}

/// Makes keys that only the same machine gets again.
package protocol SealingKeyProvider: Sendable {
    /// Makes a key.
    ///
    /// - Parameters:
    ///   - label: The key's name.
    ///   - binding: What the key depends on.
    /// - Returns: 32 bytes.
    /// - Throws: `evidence.unavailable` where the platform has no sealing keys.
    func sealingKey(label: String, binding: EvidenceRequest.SealingBinding) async throws -> [UInt8]
}

extension BrokerSource: SealingKeyProvider {}

/// A response with a small body.
struct LocalResponse: Sendable {
    let status: HTTPResponseStatus
    let body: [UInt8]
    var retryAfter: Int?

    static func json(_ value: some Encodable) throws -> LocalResponse {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return LocalResponse(status: .ok, body: Array(try encoder.encode(value)))
    }
}

/// One connection of the local socket: one request at a time, which is read whole before it is answered.
private final class LocalConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let service: LocalService
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    init(_ service: LocalService) {
        self.service = service
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
        case .body(let part):
            guard body.count + part.readableBytes <= LocalService.maximumBodySize else {
                return context.close(promise: nil)
            }
            body += part.readableBytesView
        case .end:
            guard let head else { return }
            let (service, body) = (service, body)
            let promise = context.eventLoop.makePromise(of: LocalResponse.self)
            promise.completeWithTask { await service.answer(head.method, head.uri, body) }
            promise.futureResult.assumeIsolated().whenSuccess { [self] answer in
                write(answer, keepsAlive: head.isKeepAlive, context)
            }
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func write(_ answer: LocalResponse, keepsAlive: Bool, _ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        let head = Reply.head(
            answer.status,
            length: answer.body.count,
            retryAfter: answer.retryAfter,
            closes: !keepsAlive
        )
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer.body)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).assumeIsolated().whenComplete { _ in
            if !keepsAlive { context.close(promise: nil) }
        }
    }
}
