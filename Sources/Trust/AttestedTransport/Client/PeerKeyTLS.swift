package import NIOCore
import NIOSSL
import NIOTLS

/// The client's TLS 1.3: it verifies that the server possesses its key, and does not authenticate the server.
///
/// An attested server has no certificate from a public certificate authority. The caller must verify evidence for
/// exactly this key before it trusts the connection.
package struct PeerKeyTLS: Sendable {
    private let context: NIOSSLContext
    private let hostName: String?

    /// Creates the TLS context for connections to one server.
    ///
    /// - Parameter host: The server's name or address; a name is sent in clear as SNI.
    /// - Throws: `transport.identity-failed`.
    package init(host: String) throws(TransportError) {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv13
        configuration.maximumTLSVersion = .tlsv13
        configuration.applicationProtocols = ["http/1.1"]
        // No trust roots: the callback below replaces chain verification.
        configuration.trustRoots = .certificates([])
        configuration.certificateVerification = .noHostnameVerification
        do {
            context = try NIOSSLContext(configuration: configuration)
        } catch {
            throw TransportError(.identityFailed, subject: "TLS", found: "\(error)")
        }
        hostName = (try? SocketAddress(ipAddress: host, port: 0)) == nil ? host : nil
    }

    /// Adds TLS to a connection.
    ///
    /// - Parameter channel: The connection; called on its event loop, before any other handler is added.
    /// - Returns: The peer's certificate, once the handshake has proved possession of the key; it fails where the
    ///   server does not offer TLS 1.3.
    /// - Throws: NIO's error.
    package func addHandlers(to channel: any Channel) throws -> EventLoopFuture<PeerCertificate> {
        let watch = HandshakeHandler(result: channel.eventLoop.makePromise(of: PeerCertificate.self))
        // NIO calls the callback on the same event loop.
        let bound = NIOLoopBound(watch, eventLoop: channel.eventLoop)
        do {
            let tls = try NIOSSLClientHandler(context: context, serverHostname: hostName) { chain, verdict in
                bound.value.shown = chain.first.flatMap { try? PeerCertificate($0) }
                verdict.succeed(bound.value.shown == nil ? .failed : .certificateVerified)
            }
            try channel.pipeline.syncOperations.addHandlers(tls, watch)
        } catch {
            watch.fail(error)
            throw error
        }
        return watch.result.futureResult
    }
}

/// Completes a promise at the end of the handshake, or fails it on error or disconnect.
private final class HandshakeHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    let result: EventLoopPromise<PeerCertificate>
    var shown: PeerCertificate?

    init(result: EventLoopPromise<PeerCertificate>) {
        self.result = result
    }

    func fail(_ error: any Error) {
        result.fail(error)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent {
            if let shown { result.succeed(shown) } else { result.fail(ChannelError.inappropriateOperationForState) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        result.fail(error)
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        result.fail(ChannelError.eof)
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        result.fail(ChannelError.eof)
    }
}
