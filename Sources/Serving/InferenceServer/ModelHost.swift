import Diagnostics
import Inference
import Logging
import ModelPack
import ModelRuntime
import ServiceLifecycle
import Synchronization

/// Loads the models while the server runs, and reports whether they are ready.
final class ModelHost: Service {
    /// The server's readiness.
    enum State: Sendable, Equatable {
        case loading
        /// At least one model is ready.
        case ready
        case failed(code: String)
        case stopping
    }

    private enum Stage {
        case loading
        case loaded
        case stopping
    }

    /// Every model.
    let repository: ModelRepository
    private let logger: Logger
    private let stage = Mutex(Stage.loading)
    /// Whether clients may load models later.
    private let allowsModelControl: Bool
    /// Why no model can ever be served; at most one.
    private let unusable = AsyncStream<NoUsablePack>.makeStream()
    private let log: ModelLog

    init(configuration: ServerConfiguration, logger: Logger) {
        let log = ModelLog(logger: logger)
        self.log = log
        allowsModelControl = configuration.allowsModelControl
        repository = ModelRepository(configuration.source, configuration: configuration.repository) { state, error in
            log.note(state, error)
        }
        log.watch(repository)
        self.logger = logger
    }

    /// The server's readiness now.
    var current: State {
        switch stage.withLock({ $0 }) {
        case .loading: return .loading
        case .stopping: return .stopping
        case .loaded:
            let index = repository.index()
            guard !index.contains(where: { $0.readiness == .ready }) else { return .ready }
            return .failed(code: index.first { !$0.reason.isEmpty }?.reason ?? "loading")
        }
    }

    /// The first model, if it has passed its self-test.
    ///
    /// - Throws: `server.not-ready` before that, after a failure, and during shutdown.
    func firstModel() throws(ServiceError) -> ServedModel {
        do {
            return try repository.firstModel()
        } catch {
            switch current {
            case .loading: throw ServiceError(.notReady, found: "loading")
            case .failed(let code): throw ServiceError(.notReady, found: code)
            case .stopping: throw ServiceError(.notReady, found: "stopping")
            case .ready: throw ServiceError(.notReady, found: error.found ?? error.code.rawValue)
            }
        }
    }

    /// Starts to check and load the packs in a task of its own.
    ///
    /// The server stays up when an engine or a self-test fails, so that operators can query the reason; where no pack can
    /// be read, ``run()`` fails. A shutdown does not wait for loading.
    func begin() {
        Task { await load() }
    }

    /// Waits for the shutdown of the server.
    ///
    /// - Throws: ``NoUsablePack`` where no pack can be read and clients may not load another, for then no request can be
    ///   answered.
    func run() async throws {
        try await withGracefulShutdownHandler {
            let stream = unusable.stream
            let failure = await cancelWhenGracefulShutdown { await stream.first { _ in true } }
            if let failure { throw failure }
        } onGracefulShutdown: {
            self.stop()
        }
    }

    /// Refuses new requests; requests in progress hold their model themselves.
    func stop() {
        stage.withLock { $0 = .stopping }
        repository.stop()
    }

    private func load() async {
        do {
            try await repository.loadAll()
        } catch {
            let failure = Failure(error)
            logger.error("models not found", metadata: ["code": "\(failure.code)", "detail": "\(failure.detail)"])
            log.add(error)
        }
        let index = repository.index()
        let failures = log.packFailures
        if !allowsModelControl, index.isEmpty || failures.count >= index.count,
            !index.contains(where: { $0.readiness == .ready })
        {
            unusable.continuation.yield(NoUsablePack(failures: failures))
        }
        stage.withLock { stage in
            if case .loading = stage { stage = .loaded }
        }
    }
}

/// Logs one line for each model that is loaded, fails or is unloaded.
private final class ModelLog: Sendable {
    private struct State {
        weak var repository: ModelRepository?
        var starts: [String: ContinuousClock.Instant] = [:]
        var packFailures: [any CodedError] = []
    }

    private let logger: Logger
    private let state = Mutex(State())

    init(logger: Logger) {
        self.logger = logger
    }

    func watch(_ repository: ModelRepository) {
        state.withLock { $0.repository = repository }
    }

    /// Every failure by which a pack cannot be read at all.
    var packFailures: [any CodedError] { state.withLock { $0.packFailures } }

    /// Keeps a failure by which a pack cannot be read at all; a pack that was changed is reported by the health routes.
    func add(_ error: any Error) {
        let failure: (any CodedError)? =
            switch error {
            case let error as ModelPackError where [.unreadable, .cardInvalid, .fileMissing].contains(error.code): error
            case let error as ModelRepositoryError where error.code == .unreadable: error
            default: nil
            }
        if let failure { state.withLock { $0.packFailures.append(failure) } }
    }

    func note(_ model: ModelState, _ error: (any Error)?) {
        let key = "\(model.name) \(model.version)"
        var metadata: Logger.Metadata = ["model": "\(model.name)", "version": "\(model.version)"]
        let (repository, start) = state.withLock { state in
            let start = model.readiness == .loading ? nil : state.starts.removeValue(forKey: key)
            if model.readiness == .loading { state.starts[key] = .now }
            return (state.repository, start)
        }
        if let error {
            add(error)
            let failure = Failure(error)
            metadata["code"] = "\(failure.code)"
            metadata["detail"] = "\(failure.detail)"
            logger.error("model not ready", metadata: metadata)
            return
        }
        switch model.readiness {
        case .loading: logger.info("model loading", metadata: metadata)
        case .unloading, .unavailable: logger.info("model unloaded", metadata: metadata)
        case .ready:
            if let served = try? repository?.model(model.name, version: model.version) {
                let engines = served.runtime.engines.map { "\($0.name) \($0.libraryVersion)" }
                metadata["digest"] = "\(served.pack.digest)"
                metadata["engines"] = "\(engines.joined(separator: ", "))"
                metadata["cross-check"] = engines.count > 1 ? "every request" : "none: one engine"
            }
            metadata["seconds"] = start.map { "\((.now - $0).inSeconds)" }
            logger.info("model ready", metadata: metadata)
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
