import Foundation
import Inference
import Logging
import ModelPack
import ModelRuntime
import ServiceLifecycle
import Synchronization

/// Loads the model beside the running server, and says whether it may be asked.
final class ModelHost: Service {
    /// How far the model is.
    enum State: Sendable {
        case loading
        case ready(ModelRuntime)
        case failed(code: String)
        case stopping
    }

    private let configuration: ServerConfiguration
    private let logger: Logger
    private let state = Mutex(State.loading)

    init(configuration: ServerConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    /// How far the model is now.
    var current: State {
        state.withLock { $0 }
    }

    /// The model, once it passed its self-test.
    ///
    /// - Throws: `server.not-ready` before that, after a failure, and once the server stops.
    func model() throws(ServiceError) -> ModelRuntime {
        switch current {
        case .ready(let runtime): return runtime
        case .loading: throw ServiceError(.notReady, found: "loading")
        case .failed(let code): throw ServiceError(.notReady, found: code)
        case .stopping: throw ServiceError(.notReady, found: "stopping")
        }
    }

    /// Checks and loads the pack, then stays until the server stops.
    ///
    /// A pack that fails leaves the server up and not ready, so that whoever runs it can ask why.
    func run() async throws {
        await withGracefulShutdownHandler {
            // Nobody waits for it: a server that is told to stop while it loads stops.
            Task { await load() }
            try? await gracefulShutdown()
        } onGracefulShutdown: {
            // Requests under way hold the runtime themselves; only new ones are turned away.
            self.state.withLock { $0 = .stopping }
        }
    }

    private func load() async {
        let clock = ContinuousClock()
        let start = clock.now
        do {
            let configuration = configuration
            // Reading a pack blocks, and loading one computes: neither belongs on the cooperative threads.
            let pack = try await WorkerThreads().run {
                try ModelPack(opening: URL(filePath: configuration.packPath), expecting: configuration.packDigest)
            }
            let runtime = try await ModelRuntime.load(pack, configuration: configuration.runtime)
            logger.info(
                "model ready",
                metadata: [
                    "model": "\(pack.card.name)", "version": "\(pack.card.version)", "digest": "\(pack.digest)",
                    "engines": "\(runtime.engines.map { "\($0.name) \($0.libraryVersion)" }.joined(separator: ", "))",
                    "seconds": "\((clock.now - start).inSeconds)",
                ]
            )
            state.withLock { state in
                if case .loading = state { state = .ready(runtime) }
            }
        } catch {
            let failure = Failure(error)
            logger.error("model not ready", metadata: ["code": "\(failure.code)", "detail": "\(failure.detail)"])
            state.withLock { state in
                if case .loading = state { state = .failed(code: failure.code) }
            }
        }
    }
}

extension Duration {
    /// The duration in seconds, rounded to a microsecond.
    var inSeconds: Double {
        (Double(components.seconds) * 1e6 + Double(components.attoseconds / 1_000_000_000_000)) / 1e6
    }

    /// The duration in milliseconds, rounded to a microsecond.
    var inMilliseconds: Double {
        (Double(components.seconds) * 1e6 + Double(components.attoseconds / 1_000_000_000_000)) / 1e3
    }
}
