package import ArgumentParser
import AttestationArguments
import AttestedTransport
import Diagnostics
import Foundation
import Glibc
import InferenceServer
import Logging
import ModelPack
import ModelRuntime
import ServiceLifecycle

#if GRPC
import InferenceGRPC
#endif

/// `adyton serve` and `adyton-server`: a model pack behind HTTP.
package struct ServeCommand: AsyncParsableCommand {
    package static let configuration: CommandConfiguration = description(named: "serve", calledAs: "adyton serve")

    /// The same words for a command of another name.
    ///
    /// - Parameters:
    ///   - name: The command's own name.
    ///   - call: How its example begins; the name unless said.
    /// - Returns: What the parser shows for `--help`.
    package static func description(named name: String, calledAs call: String? = nil) -> CommandConfiguration {
        CommandConfiguration(
            commandName: name,
            abstract: "Serve model packs over HTTP.",
            discussion: """
                Checks every file of the packs, loads them into the engines, runs
                their self-tests, and then answers POST /evaluate with the first one,
                and the Open Inference Protocol below /v2 with all of them. Until a
                model is ready, GET /v2/health/ready says why not. On SIGTERM it
                finishes what it has, and exits 0.

                Plain HTTP is for this computer's own loopback. With --attest the
                server makes its keys when it starts, keeps them in memory, speaks
                TLS 1.3 only, and proves to each client what it is; without evidence
                it does not start.

                EXAMPLE
                  \(call ?? name) Models/signal-flags --port 8000
                  curl -F image=@Examples/images/harbour-1.jpg \\
                      http://127.0.0.1:8000/evaluate
                """
        )
    }

    @Argument(help: "The model packs' folders.", completion: .directory)
    var packs: [String] = []

    @Option(
        help: "Serve the packs at NAME/VERSION in this folder instead.",
        completion: .directory
    )
    var repository: String?

    @Flag(help: "Let clients load and unload models: anyone who reaches the port.")
    var allowModelControl = false

    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "The port to listen on; 0 takes a free one and prints it.")
    var port = 8000

    @Option(
        name: .customLong("grpc-port"),
        help: "The port for gRPC, under the same key with --attest; off unless said, 0 takes a free one."
    )
    var portForGRPC: Int?

    @Option(
        help: ArgumentHelp(
            "A port on 127.0.0.1 that answers GET /v2/health/ready in plain HTTP, and nothing else.",
            discussion: "For a supervisor that speaks no TLS, such as process 1 of a machine."
        )
    )
    var healthPort: Int?

    @Option(
        name: .customLong("engine"),
        help: "An engine to use; may be repeated. All that this build has, unless said."
    )
    var engines: [EngineKind] = []

    @Option(help: "How many threads one run of an engine may use (default: one a core).")
    var threads: Int?

    @Option(help: "How many waiting images may be computed together.")
    var maximumBatch = ModelRuntime.Configuration().maximumBatch

    @OptionGroup(title: "Scheduling") var scheduling: SchedulingOptions

    @Option(name: .customLong("model-digest"), help: "Refuse the one pack unless this is its digest.")
    var modelDigest: ContentDigest?

    @Option(
        name: .customLong("trace-to"),
        help: "Write traces to file:PATH, or to a collector on this machine such as http://127.0.0.1:4318/v1/traces."
    )
    var traces: TraceDestination?

    @OptionGroup(title: "Proof") var proof: AttestationOptions

    @OptionGroup(title: "Limits") var limits: LimitOptions

    @Option(help: "The least severe log line to write.")
    var logLevel = LogLevel.info

    package init() {}

    package func validate() throws {
        guard (0...65_535).contains(port) else {
            throw ValidationError("--port takes a number from 0 to 65535, found \(port).")
        }
        guard (0...65_535).contains(portForGRPC ?? 0) else {
            throw ValidationError("--grpc-port takes a number from 0 to 65535, found \(portForGRPC ?? 0).")
        }
        guard (1...65_535).contains(healthPort ?? 1) else {
            throw ValidationError("--health-port takes a number from 1 to 65535, found \(healthPort ?? 0).")
        }
        guard port == 0 || port != portForGRPC else {
            throw ValidationError("--grpc-port takes another number than --port, found \(port) for both.")
        }
        #if !GRPC
        guard portForGRPC == nil else { throw ValidationError("This build has no gRPC.") }
        #endif
        guard packs.isEmpty != (repository == nil) else {
            throw ValidationError("Name model packs, or a --repository of them.")
        }
        guard modelDigest == nil || packs.count == 1 else {
            throw ValidationError("--model-digest is for one pack, found \(packs.count).")
        }
        guard threads ?? 1 >= 1 else {
            throw ValidationError("--threads takes a number from 1, found \(threads ?? 0).")
        }
        guard (1...1024).contains(maximumBatch) else {
            throw ValidationError("--maximum-batch takes a number from 1 to 1024, found \(maximumBatch).")
        }
        for engine in engines where !EngineKind.builtIn.contains(engine) {
            throw ValidationError(
                "This build has no engine \"\(engine.rawValue)\"; it has: \(EngineKind.builtInNames)."
            )
        }
        try proof.validateChoice()
        try scheduling.validateBounds()
        try limits.validateBounds()
    }

    package func run() async throws {
        do {
            try await serve()
        } catch let end as ExitCode {
            Self.leave(end.rawValue)
        }
        Self.leave(0)
    }

    /// Ends the process without the ends of its libraries, which a model that is still being loaded is using.
    private static func leave(_ status: Int32) -> Never {
        _exit(status)
    }

    private func serve() async throws {
        AllocatorPolicy.set()
        let level = logLevel.level
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        let configuration = try await configurationWithProof()
        let scheme = configuration.attestation == nil ? "http" : "https"
        let logger = Logger(label: "adyton")
        let server = Server(configuration, logger: logger) { port in
            Self.announce(scheme, configuration.host, port)
        } companions: { service, identity in
            companions(service, identity, logger: logger)
        }
        do {
            try await server.run()
        } catch let error as TransportError {
            StandardStream.error.write("adyton serve: no evidence, so no start: \(error)\n")
            throw ExitCode(ExitStatus.unavailable.rawValue)
        } catch let error as NoUsablePack {
            throw Self.end(error, source: repository)
        } catch {
            let ports = [("--grpc-port", portForGRPC), ("--health-port", healthPort)].filter { $0.1 != nil }.map(\.0)
            let advice =
                "Choose another --host or \((["--port"] + ports).joined(separator: " or ")), or stop what listens there."
            let line = "adyton serve: cannot serve on \(host):\(port): \(error). \(advice)\n"
            StandardStream.error.write(line)
            throw ExitCode(ExitStatus.systemError.rawValue)
        }
    }

    /// Says of each pack why it cannot be served; the first decides the status.
    private static func end(_ error: NoUsablePack, source: String?) -> ExitCode {
        for failure in error.failures { StandardStream.error.write("adyton serve: \(failure)\n") }
        guard let first = error.failures.first else {
            let place = source ?? "the packs"
            StandardStream.error.write("adyton serve: \(place) has no model pack at NAME/VERSION (pack.unreadable)\n")
            return ExitCode(ExitStatus(code: "pack.unreadable").rawValue)
        }
        return ExitCode(ExitStatus(first).rawValue)
    }

    /// Scripts read this line to learn the port.
    private static func announce(_ scheme: String, _ host: String, _ port: Int) {
        let host = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
        // Not `print`, whose buffer would keep the line back from a pipe.
        StandardStream.output.write("listening on \(scheme)://\(host):\(port)\n")
    }

    private func companions(
        _ service: InferenceService,
        _ identity: ServerIdentity?,
        logger: Logger
    ) -> [any Service] {
        #if GRPC
        guard let portForGRPC else { return [] }
        let host = host
        let scheme = identity == nil ? "grpc" : "grpcs"
        return [
            InferenceGRPCServer(service, host: host, port: portForGRPC, identity: identity, logger: logger) { port in
                Self.announce(scheme, host, port)
            }
        ]
        #else
        return []
        #endif
    }

    /// The configuration, with who vouches for the server.
    private func configurationWithProof() async throws -> ServerConfiguration {
        var configuration = serverConfiguration
        do {
            configuration.attestation = try await proof.setup()
        } catch {
            StandardStream.error.write("adyton serve: no evidence, so no start: \(error)\n")
            throw ExitCode(ExitStatus.unavailable.rawValue)
        }
        if configuration.attestation == nil, !["127.0.0.1", "::1", "localhost"].contains(host) {
            StandardStream.error.write(
                "adyton serve: INSECURE: plain HTTP on \(host): who carries the traffic can read and change it.\n"
            )
        }
        return configuration
    }

    private var serverConfiguration: ServerConfiguration {
        let locations = packs.map { PackLocation(URL(filePath: $0), digest: modelDigest) }
        var configuration = ServerConfiguration(repository.map { .folder(URL(filePath: $0)) } ?? .packs(locations))
        configuration.host = host
        configuration.port = port
        configuration.healthPort = healthPort
        configuration.allowsModelControl = allowModelControl
        configuration.traces = traces
        configuration.repository.runtime.engines = engines.isEmpty ? nil : engines
        configuration.repository.runtime.threads = threads ?? configuration.repository.runtime.threads
        configuration.repository.runtime.maximumBatch = maximumBatch
        scheduling.apply(to: &configuration.repository.runtime)
        limits.apply(to: &configuration)
        return configuration
    }
}
