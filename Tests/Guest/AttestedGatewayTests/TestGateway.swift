import AttestedGateway
import AttestedTransport
import Crypto
import NIOCore
import Testing

/// A gateway on the loopback interface with a developer's evidence.
enum TestGateway {
    static let source = InsecureProcessSource(key: P256.Signing.PrivateKey())

    static func issuer() async throws -> EvidenceIssuer {
        EvidenceIssuer(identity: try await ServerIdentity(from: source), source: source, package: .none)
    }

    /// Runs a gateway as long as `use` runs.
    ///
    /// - Parameters:
    ///   - configuration: Its limits; it listens on a free port of 127.0.0.1.
    ///   - use: Gets the port.
    /// - Throws: The system's error where no port is free, and what `use` throws.
    static func run(_ configuration: Gateway.Configuration, use: (Int) async throws -> Void) async throws {
        var configuration = configuration
        (configuration.host, configuration.port) = ("127.0.0.1", 0)
        let channel = try await Gateway(configuration, issuer: try await issuer()).listen()
        try await use(try #require(channel.localAddress?.port))
        try await channel.close()
    }

    /// Runs one with the default limits before an application's port.
    static func run(before port: Int, use: (Int) async throws -> Void) async throws {
        try await run(Gateway.Configuration(applicationPort: port), use: use)
    }
}
