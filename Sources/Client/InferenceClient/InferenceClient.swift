public import Attestation
import Diagnostics
public import Foundation
public import InferenceProtocol
import NIOCore
import NIOHTTP1
import PeerVerification
import StrictJSON

/// Asks a server what is in an image, after the server has proven what it is.
///
/// Safe to use from many tasks at once; idle connections are reused. Each connection has to prove itself before its
/// first request, and again after `reverification`: before that only a challenge is sent.
public struct InferenceClient: Sendable {
    /// The client's timeouts.
    public struct Timeouts: Sendable {
        /// For a connection.
        public var connect: Duration = .seconds(5)
        /// For a call: the connection's proof, if it is due, and the response.
        public var answer: Duration = .seconds(60)

        /// The defaults.
        public init() {}
    }

    /// An image to ask about.
    public struct Image: Sendable {
        /// The file's bytes, JPEG or PNG.
        public let bytes: [UInt8]
        /// The file name, whose extension the server compares with the content.
        public let name: String

        /// Makes an image from its bytes and name.
        public init(bytes: [UInt8], name: String) {
            self.bytes = bytes
            self.name = name
        }
    }

    /// The server's address.
    public let address: ServerAddress
    private let timeouts: Timeouts
    private let pool: ConnectionPool

    /// Makes a client that sends requests only to machines that a policy accepts; it has no connection yet.
    ///
    /// - Parameters:
    ///   - address: The server's address, with `https`.
    ///   - policy: The machines to accept.
    ///   - developerRoots: A developer's own roots, besides those of the vendors; the policy must name them, too.
    ///   - endorsements: Where revocation lists and TCB information come from: by default the vendors' services, through a
    ///     cache in the user's folder.
    ///   - reverification: After how long an open connection must prove itself again.
    ///   - timeouts: The timeouts.
    ///   - now: The time at which certificates and lists must be valid.
    /// - Throws: `client.plaintext-refused` for an `http` address; `client.address-invalid` for a mirror that is none.
    public init(
        _ address: ServerAddress,
        policy: AppraisalPolicy,
        developerRoots: [TrustAnchor] = [],
        endorsements: EndorsementOptions = EndorsementOptions(),
        reverification: Duration = .seconds(600),
        timeouts: Timeouts = Timeouts(),
        now: @escaping @Sendable () -> Date = { Date() }
    ) throws(ClientError) {
        guard address.scheme == .https else {
            throw ClientError(
                .plaintextRefused,
                subject: "\(address)",
                expected: "https://, as a policy wants a machine that proves itself"
            )
        }
        let verification = try PeerVerificationHandler(
            address,
            verifier: PeerVerifier(policy: policy, developerRoots: developerRoots),
            endorsements: EndorsementProvider(endorsements),
            reverification: reverification,
            now: now
        )
        self.init(address, timeouts, verification)
    }

    /// Makes a client of a server in plain text: everyone on the network path can read and change images and responses,
    /// and nothing proves who responds.
    ///
    /// - Parameters:
    ///   - address: The server's address, with `http`.
    ///   - timeouts: The timeouts.
    /// - Throws: `client.address-invalid` for an `https` address, as such a server has to prove itself.
    public init(insecurePlaintext address: ServerAddress, timeouts: Timeouts = Timeouts()) throws(ClientError) {
        guard address.scheme == .http else {
            throw ClientError(.addressInvalid, subject: "\(address)", expected: "http://, or a policy for https://")
        }
        self.init(address, timeouts, nil)
    }

    private init(_ address: ServerAddress, _ timeouts: Timeouts, _ verification: PeerVerificationHandler?) {
        self.address = address
        self.timeouts = timeouts
        pool = ConnectionPool(address: address, connectTimeout: timeouts.connect, verification: verification)
    }

    /// Lets the server prove itself, and keeps that connection for the next request.
    ///
    /// - Returns: The proven peer; nil for plain text.
    /// - Throws: `client.peer-refused` with every finding, and the errors of connecting.
    public func peer() async throws -> Peer? {
        try await pool.peer(by: Deadline(in: timeouts.answer))
    }

    /// Asks whether the server is ready for evaluations.
    ///
    /// - Throws: `client.connection-failed`, `client.timed-out`, or `client.answer-invalid`.
    public func readiness() async throws -> Readiness {
        try await readiness(by: Deadline(in: timeouts.answer))
    }

    private func readiness(by deadline: Deadline) async throws -> Readiness {
        let response = try await exchange(.GET, "/v2/health/ready", body: nil, headers: [:], by: deadline)
        return try decode(Readiness.self, from: response)
    }

    /// Waits until the server is ready for evaluations.
    ///
    /// - Parameter limit: The timeout.
    /// - Throws: `client.not-ready` as soon as the server reports a permanent failure, or after the timeout.
    public func waitUntilReady(atMost limit: Duration) async throws {
        let deadline = Deadline(in: limit)
        var last = "no answer"
        repeat {
            do {
                let readiness = try await readiness(by: deadline.within(timeouts.answer))
                if readiness.ready { return }
                last = readiness.code ?? "not ready"
                guard readiness.mayBecomeReady else { break }
            } catch let error as ClientError where [.connectionFailed, .timedOut].contains(error.code) {
                last = error.found ?? error.code.rawValue
            }
            try await Task.sleep(for: .milliseconds(50))
        } while !deadline.hasPassed
        throw ClientError(.notReady, subject: "\(address)", expected: "a ready server within \(limit)", found: last)
    }

    /// Asks what is in an image.
    ///
    /// - Parameter image: The image's bytes and name.
    /// - Returns: Every engine's most probable classes, which the server cross-checked.
    /// - Throws: `client.refused` with the server's own code and sentence; `client.connection-failed`,
    ///   `client.timed-out` or `client.answer-invalid` where there is no valid response; `client.peer-refused` with
    ///   every finding where the policy refuses the server, and then nothing of the image was sent.
    public func evaluate(_ image: Image) async throws -> Evaluation {
        let form = FormBody(image)
        let response = try await exchange(
            .POST,
            "/evaluate",
            body: form.bytes,
            headers: ["content-type": form.contentType, "accept": "application/json"],
            by: Deadline(in: timeouts.answer)
        )
        guard response.status == 200 else {
            let refusal = try decode(Refusal.self, from: response)
            throw ClientError(
                .refused,
                subject: "\(address)",
                expected: "status 200",
                found: refusal.error,
                serverCode: refusal.code
            )
        }
        return try decode(Evaluation.self, from: response)
    }

    /// Closes the idle connections.
    public func close() async {
        await pool.close()
    }

    private func exchange(
        _ method: HTTPMethod,
        _ path: String,
        body: ByteBuffer?,
        headers: [String: String],
        by deadline: Deadline
    ) async throws -> RawResponse {
        var head = HTTPRequestHead(version: .http1_1, method: method, uri: path)
        head.headers.add(name: "host", value: address.authority)
        for (name, value) in headers {
            head.headers.add(name: name, value: value)
        }
        if let body {
            head.headers.add(name: "content-length", value: "\(body.readableBytes)")
        }
        return try await pool.exchange(head, body: body, by: deadline)
    }

    private func decode<Document: Decodable>(_ type: Document.Type, from response: RawResponse) throws -> Document {
        do {
            return try JSONText.decode(from: Array(response.body.readableBytesView), unknownNames: .ignored)
        } catch {
            throw ClientError(
                .answerInvalid,
                subject: "\(address)",
                expected: "a document of this version",
                found: "status \(response.status) with \(response.body.readableBytes) bytes"
            )
        }
    }
}
