package import Attestation
package import GuestInterface
import NIOCore
import NIOPosix

/// The machine's evidence source: a client of process 1's broker at its Unix socket.
///
/// Only process 1 has access to the attestation device.
package struct BrokerSource: EvidenceSource {
    package let kind: EvidenceKind

    private let broker: Broker

    /// Connects to process 1 and reads the platform's name.
    ///
    /// - Parameter path: The socket's path.
    /// - Throws: `evidence.unavailable` where no process listens, or the machine has no attester.
    package init(socketAt path: String = GuestPath.evidenceSocket) async throws {
        broker = Broker(path: path)
        guard case .platform(let name) = try await broker.answer(to: .platform) else {
            throw TransportError(.unavailable, subject: path, expected: "the platform's name")
        }
        guard let kind = EvidenceKind(rawValue: name) else {
            throw TransportError(.unavailable, subject: path, expected: "a platform that vouches", found: "\"\(name)\"")
        }
        self.kind = kind
    }

    package func evidence(binding: ReportData) async throws -> EvidenceBundle {
        guard case .evidence(let name, let parts) = try await broker.answer(to: .evidence(reportData: binding.bytes)),
            name == kind.rawValue
        else { throw TransportError(.unavailable, subject: "process 1", expected: "evidence of \(kind.rawValue)") }
        return EvidenceBundle(
            kind: kind,
            parts: Dictionary(parts.map { ($0.name, $0.bytes) }, uniquingKeysWith: { first, _ in first })
        )
    }

    /// Derives a sealing key, which only this machine can derive again.
    ///
    /// - Parameters:
    ///   - label: The key's name.
    ///   - binding: What the key is bound to.
    /// - Returns: 32 bytes.
    /// - Throws: `evidence.unavailable` with process 1's code where the platform has no such key.
    package func sealingKey(
        label: String,
        binding: EvidenceRequest.SealingBinding
    ) async throws -> [UInt8] {
        guard case .sealingKey(let key) = try await broker.answer(to: .sealingKey(label: label, binding: binding))
        else { throw TransportError(.unavailable, subject: "process 1", expected: "a sealing key") }
        return key
    }
}

/// A client of process 1 that opens one connection for each request.
private struct Broker: Sendable {
    let path: String

    func answer(to request: EvidenceRequest) async throws -> EvidenceResponse {
        let group = MultiThreadedEventLoopGroup.singleton
        let answer = group.next().makePromise(of: EvidenceResponse.self)
        let channel: any Channel
        do {
            channel = try await ClientBootstrap(group: group)
                .connectTimeout(.seconds(2))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(BrokerAnswerReader(request, answer: answer))
                    }
                }
                .connect(unixDomainSocketPath: path)
                .get()
        } catch {
            answer.fail(error)
            throw TransportError(.unavailable, subject: path, expected: "process 1 at its socket", found: "\(error)")
        }
        let result: EvidenceResponse
        do {
            result = try await withTaskCancellationHandler {
                channel.writeAndFlush(ByteBuffer(bytes: request.bytes), promise: nil)
                return try await answer.futureResult.get()
            } onCancel: {
                channel.close(promise: nil)
            }
        } catch {
            channel.close(promise: nil)
            throw TransportError(.unavailable, subject: path, expected: "an answer", found: "\(error)")
        }
        channel.close(promise: nil)
        if case .failure(let failure) = result {
            guard failure != .busy else { throw TransportError(.tooManyRequests, subject: path, expected: "1") }
            throw TransportError(.unavailable, subject: path, expected: failure.meaning, found: failure.code)
        }
        return result
    }
}

/// Reads one response of process 1, at most ``BrokerFrame/maximumResponseLength`` bytes.
private final class BrokerAnswerReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let request: EvidenceRequest
    private let answer: EventLoopPromise<EvidenceResponse>
    private var received: [UInt8] = []

    init(_ request: EvidenceRequest, answer: EventLoopPromise<EvidenceResponse>) {
        self.request = request
        self.answer = answer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received += unwrapInboundIn(data).readableBytesView
        do throws(BrokerFailure) {
            guard let frame = try BrokerFrame.next(from: &received, maximum: BrokerFrame.maximumResponseLength) else {
                return
            }
            answer.succeed(try EvidenceResponse(frame, to: request))
        } catch {
            answer.fail(error)
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        // A promise that is already completed stays as it is.
        answer.fail(BrokerFailure.malformed)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        answer.fail(error)
        context.close(promise: nil)
    }
}
