package import NIOCore
import NIOSSL
import NIOTLS

/// The client's TLS 1.3: it learns the key that the other end has proven to hold, and trusts nothing about it yet.
///
/// No authority of the web's vouches for an attested server, and none could: evidence of that very key must follow.
package struct PeerKeyTLS: Sendable {
    private let context: NIOSSLContext
    private let hostName: String?

    /// Prepares connections to one server.
    ///
    /// - Parameter host: The server's name or address; a name is sent along in clear, as TLS does.
    /// - Throws: `transport.identity-failed`.
    package init(host: String) throws(TransportError) {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv13
        configuration.maximumTLSVersion = .tlsv13
        configuration.applicationProtocols = ["http/1.1"]
        // Nobody's: the callback below decides in place of a chain's verification.
        configuration.trustRoots = .certificates([])
        configuration.certificateVerification = .noHostnameVerification
        do {
            context = try NIOSSLContext(configuration: configuration)
        } catch {
            throw TransportError(.identityFailed, subject: "TLS", found: "\(error)")
        }
        hostName = (try? SocketAddress(ipAddress: host, port: 0)) == nil ? host : nil
    }

    /// Puts TLS on a connection.
    ///
    /// - Parameter channel: The connection, on its own event loop, without other handlers.
    /// - Returns: The other end's certificate, once the handshake has proven that it holds the key; it fails where there is
    ///   no TLS 1.3.
    /// - Throws: NIO's error.
    package func addHandlers(to channel: any Channel) throws -> EventLoopFuture<PeerCertificate> {
        let watch = HandshakeHandler(result: channel.eventLoop.makePromise(of: PeerCertificate.self))
        // On the event loop like the callback, which NIO calls there.
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

/// Waits for the end of a handshake.
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
