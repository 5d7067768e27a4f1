import Diagnostics
import Inference
import ModelPack
import Synchronization

/// Many model packs, each with versions and engines of its own, which are loaded and unloaded while others serve.
///
/// A request holds the `ServedModel` that it began with, so loading and unloading interrupt none. While a version is
/// reloaded, the old one serves until the new one has passed its self-test, and both are in memory until then.
package final class ModelRepository: Sendable {
    /// How the repository's models run.
    package struct Configuration: Sendable {
        /// The default configuration of a model.
        package var runtime = ModelRuntime.Configuration()
        /// The configuration of single models, by name.
        package var exceptions: [String: ModelRuntime.Configuration] = [:]

        package init() {}
    }

    /// Called for every change of a version, with the error that caused it, if any.
    package typealias Observer = @Sendable (ModelState, (any Error)?) -> Void

    private let source: PackSource
    private let configuration: Configuration
    private let observer: Observer
    private let table = Mutex(ModelTable())

    /// Makes a repository without loaded models.
    ///
    /// - Parameters:
    ///   - source: The location of the packs.
    ///   - configuration: The models' configuration.
    ///   - observer: Called for every change, from any thread.
    package init(_ source: PackSource, configuration: Configuration, observer: @escaping Observer = { _, _ in }) {
        self.source = source
        self.configuration = configuration
        self.observer = observer
    }

    /// Every version of every model that was found, sorted by name and version.
    package func index() -> [ModelState] {
        table.withLock { $0.index() }
    }

    /// Finds a model.
    ///
    /// - Parameters:
    ///   - name: The model's name.
    ///   - version: Its version; nil for the highest that is ready.
    /// - Returns: A version that passed its self-test.
    /// - Throws: `repository.model-unknown`, `repository.version-unknown`; `repository.model-not-ready` with the state
    ///   and its reason where the version exists but is not ready; `repository.stopping`.
    package func model(_ name: String, version: String? = nil) throws(ModelRepositoryError) -> ServedModel {
        try table.withLock { table throws(ModelRepositoryError) in try table.model(name, version: version) }
    }

    /// The first model of the source, for routes that name none.
    ///
    /// - Returns: Its highest version that is ready.
    /// - Throws: As for a model by name; `repository.model-not-ready` also before `loadAll` has listed the source.
    package func firstModel() throws(ModelRepositoryError) -> ServedModel {
        try table.withLock { table throws(ModelRepositoryError) in try table.firstModel() }
    }

    /// Loads every pack, one after the other.
    ///
    /// A pack that fails does not affect the others; the index has the reason.
    ///
    /// - Throws: `repository.unreadable` where the source cannot be listed, `engine.out-of-resources`.
    package func loadAll() async throws {
        async let libraries: Void = openLibraries()
        let candidates = try await candidates()
        var names: [String] = []
        for candidate in candidates where !names.contains(candidate.name) { names.append(candidate.name) }
        table.withLock { $0.note(candidates) }
        for name in names {
            // The observer and the index have the error.
            try? await load(name)
        }
        await libraries
    }

    /// Opens the engines' libraries while the packs are read: they are large, and a model needs both.
    private func openLibraries() async {
        let configurations = [configuration.runtime] + configuration.exceptions.values
        await withTaskGroup { group in
            for kind in Set(configurations.flatMap { $0.engines ?? EngineKind.builtIn }) {
                // A missing library is an error of the models that need it.
                group.addTask { _ = try? await WorkerThreads().run { try kind.findLibrary() } }
            }
        }
    }

    /// Loads all versions of a model from the disk; a version with an unchanged digest is not reloaded.
    ///
    /// Concurrent loads of one model are one load.
    ///
    /// - Parameter name: The model's name.
    /// - Throws: `repository.model-unknown` where there is no such pack; otherwise the first failure of a version,
    ///   after every version was tried. Versions that were ready before a failure still are.
    package func load(_ name: String) async throws {
        let task = table.withLock { table in
            table.loading(name) { number in Task { try await self.loadNow(name, number: number) } }
        }
        try await task.value
    }

    /// Unloads all versions of a model; requests in progress are answered.
    ///
    /// - Parameter name: The model's name.
    /// - Throws: `repository.model-unknown`.
    package func unload(_ name: String) async throws {
        let changes = try table.withLock { table throws(ModelRepositoryError) in try table.unload(name) }
        for change in changes { observer(change, nil) }
    }

    /// Refuses further requests for models; requests in progress hold theirs.
    package func stop() {
        table.withLock { $0.stop() }
    }

    /// Every version that is ready, sorted by name and version.
    package var readyModels: [ServedModel] {
        table.withLock { $0.readyModels }
    }

    /// Returns the memory that the models cache for their next runs to the system; takes milliseconds.
    package func trimMemory() {
        for model in readyModels { model.runtime.batcher.releaseBuffer() }
        AllocatorTrim.trim()
    }

    private func candidates() async throws -> [PackSource.Candidate] {
        // Listing blocks, and must not run on the cooperative threads.
        try await WorkerThreads().run { [source] in try source.candidates() }
    }

    private func loadNow(_ name: String, number: Int) async throws {
        defer { table.withLock { $0.finishLoading(name, number: number) } }
        let candidates = try await candidates().filter { $0.name == name }
        guard !candidates.isEmpty else {
            guard !table.withLock({ $0.dropMissing(name, keeping: []) }).isEmpty else {
                throw ModelRepositoryError(.modelUnknown, subject: "model")
            }
            return
        }
        table.withLock { $0.note(candidates) }
        var failure: (any Error)?
        var seen: Set<String> = []
        for candidate in candidates {
            do {
                guard seen.insert(candidate.version).inserted else {
                    throw ModelRepositoryError(
                        .nameTaken,
                        subject: candidate.name,
                        expected: "one pack a version",
                        found: "another of version \(candidate.version)"
                    )
                }
                try await load(candidate)
            } catch {
                failure = failure ?? error
            }
        }
        // Versions that were removed from the disk serve until their successors do, and longer where one of them
        // failed.
        if let failure { throw failure }
        for change in table.withLock({ $0.dropMissing(name, keeping: seen) }) { observer(change, nil) }
    }

    private func load(_ candidate: PackSource.Candidate) async throws {
        let round = table.withLock { $0.begin(candidate) }
        observer(ModelState(name: candidate.name, version: candidate.version, readiness: .loading), nil)
        do {
            // Reading a pack blocks, and loading one computes: neither must run on the cooperative threads.
            let pack = try await WorkerThreads().run {
                try ModelPack(opening: candidate.location.folder, expecting: candidate.location.digest)
            }
            guard pack.card.name == candidate.name, pack.card.version == candidate.version else {
                throw ModelRepositoryError(
                    .nameDiffers,
                    subject: "\(candidate.name)/\(candidate.version)",
                    expected: candidate.isNamedByFolder ? "a card of that name and version" : "the card as it was",
                    found: "\(pack.card.name) \(pack.card.version)"
                )
            }
            let current = table.withLock { $0.ready(candidate.name, candidate.version) }
            let model: ServedModel
            if let current, current.pack.digest == pack.digest, current.runtime.health == .good {
                model = current
            } else {
                let settings = configuration.exceptions[candidate.name] ?? configuration.runtime
                model = ServedModel(try await ModelRuntime.load(pack, configuration: settings))
            }
            if let change = table.withLock({ $0.finish(candidate, round: round, with: .success(model)) }) {
                observer(change, nil)
            }
        } catch {
            if let change = table.withLock({ $0.finish(candidate, round: round, with: .failure(error)) }) {
                observer(change, error)
            }
            throw error
        }
    }
}
