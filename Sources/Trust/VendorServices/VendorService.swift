package import Attestation
import Diagnostics
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL

/// Fetches endorsements from AMD's key distribution service and Intel's provisioning certification service, or from mirrors.
///
/// Nothing is cached here: an `EndorsementCache` in front of it fetches each document once. The documents are not trusted, but
/// verified later, so a mirror may be reached without TLS. In a network that needs an HTTP proxy, `ProxySettings` names it.
package struct VendorService: EndorsementSource {
    /// The most requests for one document to a service that is busy.
    package static let maximumAttempts = 4
    /// The longest `Retry-After` that is waited for, in seconds.
    package static let maximumWaitInSeconds = 60
    /// The time before a retry where the response has no `Retry-After`.
    private static let usualWaitInSeconds = 5

    private let mirrors: [Origin: Origin]
    private let timeout: Duration
    private let environment: [String: String]
    private let trustRoots: NIOSSLTrustRoots
    private let wait: @Sendable (Duration) async throws -> Void

    /// Makes a source that has no connection yet.
    ///
    /// - Parameters:
    ///   - mirrors: The mirror of each service; a service without one is asked itself.
    ///   - timeout: The time for each request, from connecting to the end of the response.
    ///   - environment: The variables that may name an HTTP proxy.
    ///   - wait: Waits before a retry.
    package init(
        mirrors: [Origin: Origin] = [:],
        timeout: Duration = .seconds(30),
        environment: [String: String] = ProcessInfo.processInfo.environment,
        wait: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.init(mirrors: mirrors, timeout: timeout, environment: environment, trustRoots: .default, wait: wait)
    }

    init(
        mirrors: [Origin: Origin] = [:],
        timeout: Duration = .seconds(30),
        environment: [String: String],
        trustRoots: NIOSSLTrustRoots,
        wait: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.mirrors = mirrors
        self.timeout = timeout
        self.environment = environment
        self.trustRoots = trustRoots
        self.wait = wait
    }

    /// Fetches a document, with retries while the service is busy.
    ///
    /// - Parameter request: Which one.
    /// - Returns: nil where the service says that there is none.
    /// - Throws: `vendor-service.*`; `vendor-service.busy` where it asks for more patience than there is.
    package func document(for request: EndorsementRequest) async throws -> [UInt8]? {
        guard let parts = URLComponents(string: request.url), let origin = Origin(parts) else {
            throw VendorServiceError(.addressInvalid, subject: request.url, expected: "an address of http or https")
        }
        let path =
            (parts.percentEncodedPath.isEmpty ? "/" : parts.percentEncodedPath)
            + (parts.percentEncodedQuery.map { "?" + $0 } ?? "")
        let connection = VendorConnection(
            origin: mirrors[origin] ?? origin,
            host: origin.host,
            subject: request.url,
            proxies: try ProxySettings(environment: environment),
            trustRoots: trustRoots
        )
        for attempt in 1...Self.maximumAttempts {
            let response = try await connection.get(path, by: Deadline(in: timeout))
            switch response.status {
            case .ok: return try Self.document(response, request)
            case .notFound: return nil
            case .tooManyRequests, .serviceUnavailable:
                let seconds = Self.wait(response)
                guard attempt < Self.maximumAttempts, seconds <= Self.maximumWaitInSeconds else {
                    throw VendorServiceError(
                        .busy,
                        subject: request.url,
                        expected: "an answer within \(Self.maximumAttempts) attempts of at most "
                            + "\(Self.maximumWaitInSeconds) seconds each",
                        found: "\(response.status.code), to be asked again after \(seconds) seconds"
                    )
                }
                try await wait(.seconds(seconds))
            default:
                throw VendorServiceError(
                    .answerInvalid,
                    subject: request.url,
                    expected: "200 or 404",
                    found: "\(response.status.code)"
                )
            }
        }
        return nil
    }

    /// The seconds of `Retry-After` (RFC 9110, 10.2.3); a date there counts as absent.
    private static func wait(_ response: VendorResponse) -> Int {
        guard let text = response.headers.first(name: "Retry-After"), let seconds = Int(text), seconds >= 0 else {
            return usualWaitInSeconds
        }
        return seconds
    }

    private static func document(_ response: VendorResponse, _ request: EndorsementRequest) throws -> [UInt8] {
        guard let header = request.chainHeader else { return response.body }
        guard let value = response.headers.first(name: header), let chain = value.removingPercentEncoding,
            !chain.utf8.contains(0)
        else {
            throw VendorServiceError(
                .answerInvalid,
                subject: request.url,
                expected: "the signer's chain in the header \(header)",
                found: "none"
            )
        }
        return ChainedDocument(chain: Array(chain.utf8), body: response.body).bytes
    }
}
