import ArgumentParser
import AttestationArguments
import AttestedGateway
import AttestedTransport
import Diagnostics
import NIOCore
import UnixSignals

/// `adyton-gateway`: attested TLS in front of an application that speaks plain HTTP.
@main
struct AdytonGateway: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "adyton-gateway",
        abstract: "Put attested TLS in front of an application that speaks plain HTTP.",
        discussion: """
            Listens with TLS 1.3 under a key that it makes when it starts, proves to
            each client what the machine is, and hands every other request to the
            application on the machine's own loopback, streaming both ways. Without
            evidence it does not start.

            An application that knows about machines can ask on --local-socket for
            evidence, verification and sealing keys, or be given key, certificate and
            evidence as files with --credentials.

            EXAMPLE
              adyton-gateway --application 8080 --attest machine
            """
    )

    @Option(help: "The application's port on the loopback interface.")
    var application: Int

    @Option(help: "The address to listen on.")
    var host = "0.0.0.0"

    @Option(help: "The port to listen on; 0 takes a free one and prints it.")
    var port = 8443

    @Option(help: ArgumentHelp("Accept on this socket, which listens already, instead.", valueName: "descriptor"))
    var listeningSocket: Int32?

    @OptionGroup(title: "Proof") var proof: AttestationOptions

    @Option(help: ArgumentHelp("Also answer the application on a Unix socket.", valueName: "path"))
    var localSocket: String?

    @Option(help: ArgumentHelp("Write key.pem, certificate.pem and evidence.json there.", valueName: "folder"))
    var credentials: String?

    @Option(
        help: ArgumentHelp(
            "How many connections may be open.",
            discussion: "One address gets three quarters of them; an eighth is for proven connections alone."
        )
    )
    var maximumConnections = 1024

    @Option(help: "How many seconds a connection's handshake may take.")
    var handshakeTimeout = 10

    @Option(help: "How many seconds a request's header may take.")
    var headerTimeout = 10

    @Option(help: "How many seconds may lie between two parts of a request's body.")
    var bodyTimeout = 30

    @Option(help: "How many seconds a connection may stay without a byte.")
    var idleTimeout = 300

    func validate() throws {
        guard (1...65_535).contains(application), (0...65_535).contains(port) else {
            throw ValidationError("--application takes a port from 1 to 65535, --port one from 0.")
        }
        let times = [idleTimeout, handshakeTimeout, headerTimeout, bodyTimeout]
        guard (1...1_000_000).contains(maximumConnections), times.allSatisfy((1...86_400).contains) else {
            throw ValidationError("--maximum-connections and the timeouts take numbers from 1.")
        }
        if let listeningSocket, listeningSocket < 3 {
            throw ValidationError("--listening-socket takes a descriptor from 3, found \(listeningSocket).")
        }
        guard proof.attest != .none else {
            throw ValidationError("--attest machine or process is missing: a gateway without proof is none.")
        }
        try proof.validateChoice()
    }

    func run() async throws {
        let issuer: EvidenceIssuer
        var sealer: BrokerSource?
        do {
            guard let setup = try await proof.setup() else { return }
            issuer = try await setup.open()
            sealer = setup.source as? BrokerSource
            if let credentials { try await CredentialFiles(issuer).write(to: credentials) }
        } catch {
            Self.say("no evidence, so no start: \(error)")
            throw ExitCode(ExitStatus.unavailable.rawValue)
        }
        var configuration = Gateway.Configuration(applicationPort: application)
        (configuration.host, configuration.port) = (host, port)
        configuration.listeningSocket = listeningSocket
        configuration.maximumConnections = maximumConnections
        configuration.idleTimeout = .seconds(Int64(idleTimeout))
        configuration.handshakeTimeout = .seconds(Int64(handshakeTimeout))
        configuration.headerTimeout = .seconds(Int64(headerTimeout))
        configuration.bodyTimeout = .seconds(Int64(bodyTimeout))
        do {
            let channel = try await Gateway(configuration, issuer: issuer).listen()
            if let localSocket { _ = try await LocalService(issuer: issuer, sealer: sealer).listen(at: localSocket) }
            StandardStream.output.write("listening on https://\(host):\(channel.localAddress?.port ?? port)\n")
            for await _ in await UnixSignalsSequence(trapping: .sigterm, .sigint) { break }
            try await channel.close()
        } catch {
            Self.say("cannot listen: \(error)")
            throw ExitCode(ExitStatus.systemError.rawValue)
        }
    }

    private static func say(_ text: String) {
        StandardStream.error.write("adyton-gateway: \(text)\n")
    }
}
