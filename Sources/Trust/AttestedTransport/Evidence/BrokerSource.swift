package import Attestation
package import GuestInterface
import NIOCore
import NIOPosix

/// The machine's own source: process 1, which alone holds the platform's device, at its Unix socket.
package struct BrokerSource: EvidenceSource {
    package let kind: EvidenceKind

    private let broker: Broker

    /// Asks process 1 what the machine is.
    ///
    /// - Parameter path: The socket's path.
    /// - Throws: `evidence.unavailable` where nobody listens there, or nothing vouches for the machine.
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

    /// Asks for a key that only this machine gets again.
    ///
    /// - Parameters:
    ///   - label: Which key.
    ///   - binding: What it depends on.
    /// - Returns: 32 bytes.
    /// - Throws: `evidence.unavailable` with process 1's own code where the platform cannot.
    package func sealingKey(
        label: String,
        binding: EvidenceRequest.SealingBinding
    ) async throws -> [UInt8] {
        guard case .sealingKey(let key) = try await broker.answer(to: .sealingKey(label: label, binding: binding))
        else { throw TransportError(.unavailable, subject: "process 1", expected: "a sealing key") }
        return key
    }
}

/// Process 1 as its clients see it: one connection a question.
private struct Broker: Sendable {
    let path: String

    func answer(to request: EvidenceRequest) async throws -> EvidenceAnswer {
        let group = MultiThreadedEventLoopGroup.singleton
        let answer = group.next().makePromise(of: EvidenceAnswer.self)
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
        let result: EvidenceAnswer
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

/// Reads one answer of process 1, which is bounded like everything else that comes in.
private final class BrokerAnswerReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let request: EvidenceRequest
    private let answer: EventLoopPromise<EvidenceAnswer>
    private var received: [UInt8] = []

    init(_ request: EvidenceRequest, answer: EventLoopPromise<EvidenceAnswer>) {
        self.request = request
        self.answer = answer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received += unwrapInboundIn(data).readableBytesView
        do throws(BrokerFailure) {
            guard let frame = try BrokerFrame.next(from: &received, maximum: BrokerFrame.maximumAnswerLength) else {
                return
            }
            answer.succeed(try EvidenceAnswer(frame, to: request))
        } catch {
            answer.fail(error)
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        // Keeps a promise that was kept already as it is.
        answer.fail(BrokerFailure.malformed)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        answer.fail(error)
        context.close(promise: nil)
    }
}
