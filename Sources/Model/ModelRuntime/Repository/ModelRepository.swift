import Diagnostics
import Inference
import ModelPack
import Synchronization

/// Many model packs, each with versions and engines of its own, which come and go while others serve.
///
/// A request holds the `ServedModel` that it began with, so loading and unloading drop none. While a version is loaded
/// again, the old one answers until the new one has passed its self-test, and both lie in memory until then.
package final class ModelRepository: Sendable {
    /// How the repository's models run.
    package struct Configuration: Sendable {
        /// How a model runs that is not named below.
        package var runtime = ModelRuntime.Configuration()
        /// How single models run, by their name.
        package var exceptions: [String: ModelRuntime.Configuration] = [:]

        package init() {}
    }

    /// Told of every change of a version, with the error that caused it, if one did.
    package typealias Observer = @Sendable (ModelState, (any Error)?) -> Void

    private let source: PackSource
    private let configuration: Configuration
    private let observer: Observer
    private let table = Mutex(ModelTable())

    /// Makes a repository that has loaded nothing yet.
    ///
    /// - Parameters:
    ///   - source: Where the packs lie.
    ///   - configuration: How they run.
    ///   - observer: Told of every change, from any thread.
    package init(_ source: PackSource, configuration: Configuration, observer: @escaping Observer = { _, _ in }) {
        self.source = source
        self.configuration = configuration
        self.observer = observer
    }

    /// Every version of every model that was found, sorted by name and version.
    package func index() -> [ModelState] {
        table.withLock { $0.index() }
    }

    /// The model to ask.
    ///
    /// - Parameters:
    ///   - name: The model's name.
    ///   - version: Its version; nil for the highest that is ready.
    /// - Returns: A version that passed its self-test.
    /// - Throws: `repository.model-unknown`, `repository.version-unknown`; `repository.model-not-ready` with the state
    ///   and its reason where there is such a one but it may not be asked; `repository.stopping`.
    package func model(_ name: String, version: String? = nil) throws(ModelRepositoryError) -> ServedModel {
        try table.withLock { table throws(ModelRepositoryError) in try table.model(name, version: version) }
    }

    /// The first model that was given, for paths that name none.
    ///
    /// - Returns: Its highest version that is ready.
    /// - Throws: As for a model by name; `repository.model-not-ready` also before `loadAll` has looked.
    package func firstModel() throws(ModelRepositoryError) -> ServedModel {
        try table.withLock { table throws(ModelRepositoryError) in try table.firstModel() }
    }

    /// Loads every pack that is there, one after the other.
    ///
    /// A pack that fails leaves the others; the index says why it did.
    ///
    /// - Throws: `repository.unreadable` where the source cannot be listed, `engine.out-of-resources`.
    package func loadAll() async throws {
        async let libraries: Void = openLibraries()
        let candidates = try await candidates()
        var names: [String] = []
        for candidate in candidates where !names.contains(candidate.name) { names.append(candidate.name) }
        table.withLock { $0.note(candidates) }
        for name in names {
            // The observer and the index have heard of it.
            try? await load(name)
        }
        await libraries
    }

    /// Opens the engines' libraries while the packs are still being read: they are large, and a model waits for both.
    private func openLibraries() async {
        let configurations = [configuration.runtime] + configuration.exceptions.values
        await withTaskGroup { group in
            for kind in Set(configurations.flatMap(\.engines)) {
                // A library that is missing is the error of the models that need it.
                group.addTask { _ = try? await WorkerThreads().run { try kind.findLibrary() } }
            }
        }
    }

    /// Loads all versions of a model as they are on disk now; one whose digest has not changed stays as it is.
    ///
    /// Two loads of one model at once are one load.
    ///
    /// - Parameter name: The model's name.
    /// - Throws: `repository.model-unknown` where there is no such pack; otherwise the first failure of a version, after
    ///   every version was tried. What was ready before a failure still is.
    package func load(_ name: String) async throws {
        let task = table.withLock { table in
            table.loading(name) { number in Task { try await self.loadNow(name, number: number) } }
        }
        try await task.value
    }

    /// Takes all versions of a model out of service; requests under way are answered.
    ///
    /// - Parameter name: The model's name.
    /// - Throws: `repository.model-unknown`.
    package func unload(_ name: String) async throws {
        let changes = try table.withLock { table throws(ModelRepositoryError) in try table.unload(name) }
        for change in changes { observer(change, nil) }
    }

    /// Gives no model any more; requests under way hold theirs.
    package func stop() {
        table.withLock { $0.stop() }
    }

    /// Every version that may be asked, sorted by name and version.
    package var readyModels: [ServedModel] {
        table.withLock { $0.readyModels }
    }

    /// Gives back to the system what the models keep for their next runs; takes milliseconds.
    package func giveMemoryBack() {
        for model in readyModels { model.runtime.batcher.dropSpare() }
        AllocatorTrim.giveBack()
    }

    private func candidates() async throws -> [PackSource.Candidate] {
        // Listing blocks, which is nothing for the cooperative threads.
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
        // What is to be replaced serves until its successors do, and on where one of them failed.
        if let failure { throw failure }
        for change in table.withLock({ $0.dropMissing(name, keeping: seen) }) { observer(change, nil) }
    }

    private func load(_ candidate: PackSource.Candidate) async throws {
        let round = table.withLock { $0.begin(candidate) }
        observer(ModelState(name: candidate.name, version: candidate.version, readiness: .loading), nil)
        do {
            // Reading a pack blocks, and loading one computes: neither belongs on the cooperative threads.
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
