import Attestation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// What a service answered.
struct VendorAnswer: Sendable {
    var status: HTTPResponseStatus
    var headers: HTTPHeaders
    var body: [UInt8]
}

/// One request, one connection: a document is asked for once in days.
struct VendorConnection: Sendable {
    /// Who is connected to.
    let origin: Origin
    /// Who is asked, which a mirror may want to know.
    let host: String
    /// The document's address, for errors.
    let subject: String

    /// Asks for a document.
    ///
    /// - Parameters:
    ///   - path: With its query.
    ///   - timeout: For connecting and answering together.
    /// - Returns: The answer, whatever its status.
    /// - Throws: `vendor-service.connection-failed`, `.timed-out`, `.answer-invalid`.
    func get(_ path: String, within timeout: Duration) async throws -> VendorAnswer {
        let clock = ContinuousClock()
        let end = clock.now + timeout
        let alarm = Alarm()
        do {
            let channel = try await connect(timeout)
            let left = TimeAmount(end - clock.now)
            let ringing = channel.channel.eventLoop.scheduleTask(in: left) {
                alarm.ring()
                channel.channel.close(promise: nil)
            }
            defer { ringing.cancel() }
            return try await channel.executeThenClose { inbound, outbound in
                try await outbound.write(.head(head(path)))
                try await outbound.write(.end(nil))
                return try await answer(inbound)
            }
        } catch let error {
            if alarm.hasRung || Self.isTimeout(error) {
                throw VendorServiceError(.timedOut, subject: subject, expected: "an answer within \(timeout)")
            }
            if let error = error as? VendorServiceError { throw error }
            throw VendorServiceError(.connectionFailed, subject: subject, found: "\(origin): \(error)")
        }
    }

    /// Whether a connection did not come about in time, at any of the host's addresses.
    private static func isTimeout(_ error: any Error) -> Bool {
        let errors = (error as? NIOConnectionError)?.connectionErrors.map(\.error) ?? [error]
        return errors.contains { error in
            if case .connectTimeout? = error as? ChannelError { return true }
            return false
        }
    }

    private func head(_ path: String) -> HTTPRequestHead {
        var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: path)
        head.headers.add(name: "Host", value: host)
        head.headers.add(name: "User-Agent", value: "adyton")
        head.headers.add(name: "Accept", value: "*/*")
        head.headers.add(name: "Connection", value: "close")
        return head
    }

    private func answer(
        _ inbound: NIOAsyncChannelInboundStream<HTTPClientResponsePart>
    ) async throws -> VendorAnswer {
        var answer: VendorAnswer?
        for try await part in inbound {
            switch part {
            case .head(let head): answer = VendorAnswer(status: head.status, headers: head.headers, body: [])
            case .body(let bytes):
                let count = (answer?.body.count ?? 0) + bytes.readableBytes
                guard count <= EndorsementCache.maximumSize else {
                    throw VendorServiceError(
                        .answerInvalid,
                        subject: subject,
                        expected: "at most \(EndorsementCache.maximumSize) bytes",
                        found: "more"
                    )
                }
                answer?.body.append(contentsOf: bytes.readableBytesView)
            case .end:
                if let answer { return answer }
            }
        }
        throw VendorServiceError(.answerInvalid, subject: subject, expected: "a whole answer", found: "a part of one")
    }

    private typealias Channel = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    private func connect(_ timeout: Duration) async throws -> Channel {
        let context = origin.isEncrypted ? try NIOSSLContext(configuration: .makeClientConfiguration()) : nil
        // A certificate for an address has no name that the handshake could ask for.
        let isAddress = (try? SocketAddress(ipAddress: origin.host, port: origin.port)) != nil
        return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(TimeAmount(timeout))
            .connect(host: origin.host, port: origin.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let context {
                        let name = isAddress ? nil : origin.host
                        try pipeline.addHandler(NIOSSLClientHandler(context: context, serverHostname: name))
                    }
                    try pipeline.addHTTPClientHandlers()
                    return try Channel(wrappingChannelSynchronously: channel)
                }
            }
    }
}

/// Whether the time was up: a slow program that sees a failure late must not take it for slowness of the service.
private final class Alarm: Sendable {
    private let state = Mutex(false)

    var hasRung: Bool { state.withLock(\.self) }

    func ring() { state.withLock { $0 = true } }
}
