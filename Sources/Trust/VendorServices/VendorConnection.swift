import AsyncHTTPClient
import Attestation
import Diagnostics
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// A service's response.
struct VendorResponse: Sendable {
    var status: HTTPResponseStatus
    var headers: HTTPHeaders
    var body: [UInt8]
}

/// One request on a connection of its own, directly or through a proxy: a document is fetched once in days.
///
/// Redirects are not followed, and bodies are not decompressed. The server's certificate and name are verified against the
/// system's roots, also behind a proxy.
struct VendorConnection: Sendable {
    /// Where to connect.
    let origin: Origin
    /// The host of the `Host` header, which a mirror may want to know.
    let host: String
    /// The document's URL, for errors.
    let subject: String
    /// Which proxy to use.
    let proxies: ProxySettings
    /// The roots that TLS trusts.
    let trustRoots: NIOSSLTrustRoots

    /// Fetches a document.
    ///
    /// - Parameters:
    ///   - path: With its query.
    ///   - deadline: For the connection and the whole response.
    /// - Returns: The response, whatever its status, with a body of at most `EndorsementCache.maximumSize` bytes.
    /// - Throws: `vendor-service.connection-failed`, `.timed-out`, `.answer-invalid`.
    func get(_ path: String, by deadline: Deadline) async throws -> VendorResponse {
        do {
            return try await deadline.run(orThrow: timedOut(deadline)) {
                try await HTTPClient.withHTTPClient(configuration: configuration(deadline)) { client in
                    try await response(to: request(path), from: client)
                }
            }
        } catch let error as VendorServiceError {
            throw error
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            guard !Self.isTimeout(error) else { throw timedOut(deadline) }
            throw VendorServiceError(.connectionFailed, subject: subject, found: "\(origin): \(error)")
        }
    }

    private func configuration(_ deadline: Deadline) -> HTTPClient.Configuration {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = trustRoots
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls,
            redirectConfiguration: .disallow,
            timeout: HTTPClient.Configuration.Timeout(connect: TimeAmount(deadline.remaining)),
            proxy: proxies.proxy(for: origin),
            decompression: .disabled
        )
        configuration.httpVersion = .http1Only
        // A refused connection is an error at once.
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }

    private func request(_ path: String) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: "\(origin)\(path)")
        request.headers = ["Host": host, "User-Agent": "adyton", "Accept": "*/*", "Connection": "close"]
        return request
    }

    private func response(to request: HTTPClientRequest, from client: HTTPClient) async throws -> VendorResponse {
        let response = try await client.execute(request, deadline: .distantFuture)
        var body: [UInt8] = []
        do {
            for try await part in response.body {
                guard body.count + part.readableBytes <= EndorsementCache.maximumSize else {
                    throw invalid("at most \(EndorsementCache.maximumSize) bytes", found: "more")
                }
                body.append(contentsOf: part.readableBytesView)
            }
        } catch let error where !(error is VendorServiceError || error is CancellationError) {
            throw invalid("a whole response", found: "a part of one: \(error)")
        }
        return VendorResponse(status: response.status, headers: response.headers, body: body)
    }

    private func invalid(_ expected: String, found: String) -> VendorServiceError {
        VendorServiceError(.answerInvalid, subject: subject, expected: expected, found: found)
    }

    private func timedOut(_ deadline: Deadline) -> VendorServiceError {
        VendorServiceError(.timedOut, subject: subject, expected: "a response within \(deadline.limit)")
    }

    /// Whether a connection could not be made in time, at any of the host's addresses.
    private static func isTimeout(_ error: any Error) -> Bool {
        if let error = error as? HTTPClientError {
            return [.connectTimeout, .deadlineExceeded, .tlsHandshakeTimeout, .httpProxyHandshakeTimeout].contains(
                error
            )
        }
        let errors = (error as? NIOConnectionError)?.connectionErrors.map(\.error) ?? [error]
        return errors.contains { error in
            if case .connectTimeout? = error as? ChannelError { return true }
            return false
        }
    }
}
