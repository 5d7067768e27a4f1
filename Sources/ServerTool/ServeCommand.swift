package import ArgumentParser
import AttestationArguments
import AttestedTransport
import Foundation
import InferenceServer
import Logging
import ModelPack
import ModelRuntime

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
            abstract: "Serve a model pack over HTTP.",
            discussion: """
                Checks every file of the pack, loads it into the engines, runs its
                self-test, and then answers POST /evaluate. Until the self-test has
                passed, GET /v2/health/ready says why not. On SIGTERM it finishes what
                it has, and exits 0.

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

    @Argument(help: "The model pack's folder.", completion: .directory)
    var pack: String

    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "The port to listen on; 0 takes a free one and prints it.")
    var port = 8000

    @Option(
        name: .customLong("engine"),
        help: "An engine to use; may be repeated. All that this build has, unless said."
    )
    var engines: [EngineKind] = []

    @Option(help: "How many threads one run of an engine may use (default: one a core).")
    var threads: Int?

    @Option(help: "How many waiting images may be computed together.")
    var maximumBatch = ModelRuntime.Configuration().maximumBatch

    @Option(name: .customLong("model-digest"), help: "Refuse the pack unless this is its digest.")
    var modelDigest: ContentDigest?

    @OptionGroup(title: "Proof") var proof: AttestationOptions

    @OptionGroup(title: "Limits") var limits: LimitOptions

    @Option(help: "The least severe log line to write.")
    var logLevel = LogLevel.info

    package init() {}

    package func validate() throws {
        guard (0...65_535).contains(port) else {
            throw ValidationError("--port takes a number from 0 to 65535, found \(port).")
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
        try limits.validateBounds()
    }

    package func run() async throws {
        AllocatorPolicy.keepImageBuffers()
        let level = logLevel.level
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        var configuration = ServerConfiguration(packPath: pack)
        configuration.host = host
        configuration.port = port
        configuration.packDigest = modelDigest
        configuration.runtime.engines = engines.isEmpty ? EngineKind.builtIn : engines
        configuration.runtime.threads = threads ?? configuration.runtime.threads
        configuration.runtime.maximumBatch = maximumBatch
        limits.apply(to: &configuration)
        do {
            configuration.attestation = try await proof.setup()
        } catch {
            StandardStream.error.write("adyton serve: no evidence, so no start: \(error)\n")
            // EX_UNAVAILABLE
            throw ExitCode(69)
        }
        if configuration.attestation == nil, !["127.0.0.1", "::1", "localhost"].contains(host) {
            StandardStream.error.write(
                "adyton serve: INSECURE: plain HTTP on \(host): who carries the traffic can read and change it.\n"
            )
        }
        let host = host
        let scheme = configuration.attestation == nil ? "http" : "https"
        let server = Server(configuration, logger: Logger(label: "adyton")) { port in
            // Scripts read this line to learn the port.
            let line =
                "listening on \(scheme)://\(host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host):\(port)\n"
            // Not `print`, whose buffer would keep the line back from a pipe.
            StandardStream.output.write(line)
        }
        do {
            try await server.run()
        } catch let error as TransportError {
            StandardStream.error.write("adyton serve: no evidence, so no start: \(error)\n")
            throw ExitCode(69)
        } catch {
            let advice = "Choose another --host or --port, or stop what listens there."
            let line = "adyton serve: cannot serve on \(host):\(port): \(error). \(advice)\n"
            StandardStream.error.write(line)
            // EX_OSERR
            throw ExitCode(71)
        }
    }
}
