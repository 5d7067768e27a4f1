package import Attestation
import Foundation
import NIOCore
import NIOHTTP1

/// Asks AMD's key distribution and Intel's provisioning certification service, or mirrors of them.
///
/// Nothing is kept: an `EndorsementCache` before it sees to it that a document is asked for once. What a service or a
/// mirror answers is not trusted, so that a mirror may well speak without TLS.
package struct VendorService: EndorsementSource {
    /// How often a busy service is asked before it is given up.
    package static let maximumAttempts = 4
    /// The longest that a busy service may have us wait, in seconds.
    package static let maximumWaitInSeconds = 60
    /// How long is waited where a busy service does not say.
    private static let usualWaitInSeconds = 5

    private let mirrors: [Origin: Origin]
    private let timeout: Duration
    private let wait: @Sendable (Duration) async throws -> Void

    /// Names where services answer.
    ///
    /// - Parameters:
    ///   - mirrors: Who is asked in whose place; a service without one is asked itself.
    ///   - timeout: How long connecting and answering may take together.
    ///   - wait: How to wait for a busy service.
    package init(
        mirrors: [Origin: Origin] = [:],
        timeout: Duration = .seconds(30),
        wait: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.mirrors = mirrors
        self.timeout = timeout
        self.wait = wait
    }

    /// Asks for a document.
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
        let connection = VendorConnection(origin: mirrors[origin] ?? origin, host: origin.host, subject: request.url)
        for attempt in 1...Self.maximumAttempts {
            let answer = try await connection.get(path, within: timeout)
            switch answer.status {
            case .ok: return try Self.document(answer, request)
            case .notFound: return nil
            case .tooManyRequests, .serviceUnavailable:
                let seconds = Self.wait(answer)
                guard attempt < Self.maximumAttempts, seconds <= Self.maximumWaitInSeconds else {
                    throw VendorServiceError(
                        .busy,
                        subject: request.url,
                        expected: "an answer within \(Self.maximumAttempts) attempts of at most "
                            + "\(Self.maximumWaitInSeconds) seconds each",
                        found: "\(answer.status.code), to be asked again after \(seconds) seconds"
                    )
                }
                try await wait(.seconds(seconds))
            default:
                throw VendorServiceError(
                    .answerInvalid,
                    subject: request.url,
                    expected: "200 or 404",
                    found: "\(answer.status.code)"
                )
            }
        }
        return nil
    }

    /// What a busy service says in `Retry-After` (RFC 9110, 10.2.3), as far as it says seconds.
    private static func wait(_ answer: VendorAnswer) -> Int {
        guard let text = answer.headers.first(name: "Retry-After"), let seconds = Int(text), seconds >= 0 else {
            return usualWaitInSeconds
        }
        return seconds
    }

    private static func document(_ answer: VendorAnswer, _ request: EndorsementRequest) throws -> [UInt8] {
        guard let header = request.chainHeader else { return answer.body }
        guard let value = answer.headers.first(name: header), let chain = value.removingPercentEncoding,
            !chain.utf8.contains(0)
        else {
            throw VendorServiceError(
                .answerInvalid,
                subject: request.url,
                expected: "the signer's chain in the header \(header)",
                found: "none"
            )
        }
        return ChainedDocument(chain: Array(chain.utf8), body: answer.body).bytes
    }
}
