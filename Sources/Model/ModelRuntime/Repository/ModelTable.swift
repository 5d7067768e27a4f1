import Diagnostics

/// The state of a repository, without files or threads.
struct ModelTable {
    /// The state of one version.
    private enum State {
        case loading
        case ready(ServedModel)
        case failed(code: String)
        /// Unloaded; requests in progress may still hold it.
        case unloaded(WeakModel)
    }

    private struct Version {
        var state: State
        /// Counts loads and unloads, so that the end of an outdated load is ignored.
        var round = 0
        var isReloading = false

        /// The model, if it is ready.
        var model: ServedModel? {
            guard case .ready(let model) = state, model.runtime.health == .good else { return nil }
            return model
        }
    }

    private var models: [String: [ModelVersion: Version]] = [:]
    private var firstName: String?
    private var loads: [String: (number: Int, task: Task<Void, any Error>)] = [:]
    private var loadCount = 0
    private var isStopping = false

    /// Every version, sorted by name and version.
    func index() -> [ModelState] {
        models.sorted { $0.key < $1.key }.flatMap { name, versions in
            versions.sorted { $0.key < $1.key }.map { Self.state(name, $0.key, $0.value) }
        }
    }

    /// Every version that is ready, sorted by name and version.
    var readyModels: [ServedModel] {
        guard !isStopping else { return [] }
        return models.sorted { $0.key < $1.key }.flatMap { _, versions in
            versions.sorted { $0.key < $1.key }.compactMap(\.value.model)
        }
    }

    /// A version that is ready.
    func model(_ name: String, version: String?) throws(ModelRepositoryError) -> ServedModel {
        guard !isStopping else { throw ModelRepositoryError(.stopping, subject: "model") }
        guard let versions = models[name] else { throw ModelRepositoryError(.modelUnknown, subject: "model") }
        if let version {
            guard let found = versions[ModelVersion(version)] else {
                throw ModelRepositoryError(.versionUnknown, subject: name)
            }
            return try Self.ready(found, name: name, version: version)
        }
        let serving = versions.lazy.filter { $0.value.model != nil }.max { $0.key < $1.key }
        guard let (version, found) = serving ?? versions.max(by: { $0.key < $1.key }) else {
            throw ModelRepositoryError(.modelUnknown, subject: "model")
        }
        return try Self.ready(found, name: name, version: version.text)
    }

    /// The model that was listed first.
    func firstModel() throws(ModelRepositoryError) -> ServedModel {
        guard !isStopping else { throw ModelRepositoryError(.stopping, subject: "model") }
        guard let firstName else {
            throw ModelRepositoryError(.notReady, subject: "model", found: ModelState.Readiness.loading.rawValue)
        }
        return try model(firstName, version: nil)
    }

    /// A version that is loaded now.
    func ready(_ name: String, _ version: String) -> ServedModel? {
        guard case .ready(let model)? = models[name]?[ModelVersion(version)]?.state else { return nil }
        return model
    }

    /// Lists packs that will be loaded.
    mutating func note(_ candidates: [PackSource.Candidate]) {
        for candidate in candidates {
            firstName = firstName ?? candidate.name
            let version = ModelVersion(candidate.version)
            if models[candidate.name]?[version] == nil {
                models[candidate.name, default: [:]][version] = Version(state: .loading)
            }
        }
    }

    /// The load of a model that is in progress, or a new one.
    ///
    /// - Parameters:
    ///   - name: The model's name.
    ///   - start: Starts a load with a number, which `finishLoading` takes.
    /// - Returns: Ends with the load.
    mutating func loading(_ name: String, _ start: (Int) -> Task<Void, any Error>) -> Task<Void, any Error> {
        if let load = loads[name] { return load.task }
        loadCount += 1
        let task = start(loadCount)
        loads[name] = (loadCount, task)
        return task
    }

    mutating func finishLoading(_ name: String, number: Int) {
        if loads[name]?.number == number { loads[name] = nil }
    }

    /// Notes that a version is being loaded; a version that is ready still serves.
    ///
    /// - Returns: The round, for `finish`.
    mutating func begin(_ candidate: PackSource.Candidate) -> Int {
        change(candidate.name, ModelVersion(candidate.version)) { version in
            version.round += 1
            version.isReloading = true
            if case .ready = version.state {} else { version.state = .loading }
            return version.round
        } ?? 0
    }

    /// Notes the end of a load.
    ///
    /// - Returns: The new state; nil where the version was unloaded meanwhile, and stays so.
    mutating func finish(
        _ candidate: PackSource.Candidate,
        round: Int,
        with result: Result<ServedModel, any Error>
    ) -> ModelState? {
        let key = ModelVersion(candidate.version)
        return change(candidate.name, key) { version in
            guard version.round == round else { return nil }
            version.isReloading = false
            switch result {
            case .success(let model): version.state = .ready(model)
            case .failure(let error):
                let code = (error as? any CodedError)?.stableCode ?? "repository.load-failed"
                if case .ready = version.state {
                    return ModelState(name: candidate.name, version: key.text, readiness: .ready, reason: code)
                }
                version.state = .failed(code: code)
            }
            return Self.state(candidate.name, key, version)
        } ?? nil
    }

    /// Unloads every version of a model.
    mutating func unload(_ name: String) throws(ModelRepositoryError) -> [ModelState] {
        guard let versions = models[name] else { throw ModelRepositoryError(.modelUnknown, subject: "model") }
        // The result of a load in progress is ignored, and the next load must not join it.
        loads[name] = nil
        return versions.keys.sorted().compactMap { unload(name, $0) }
    }

    /// Unloads the versions that are not on the disk any more.
    mutating func dropMissing(_ name: String, keeping versions: Set<String>) -> [ModelState] {
        let missing = models[name, default: [:]].keys.filter { !versions.contains($0.text) }
        return missing.sorted().compactMap { unload(name, $0) }
    }

    mutating func stop() {
        isStopping = true
    }

    private mutating func unload(_ name: String, _ key: ModelVersion) -> ModelState? {
        change(name, key) { version in
            version.round += 1
            version.isReloading = false
            switch version.state {
            case .ready(let model): version.state = .unloaded(WeakModel(model))
            case .loading, .failed: version.state = .unloaded(WeakModel(nil))
            case .unloaded: break
            }
            return Self.state(name, key, version)
        }
    }

    private mutating func change<Result>(
        _ name: String,
        _ key: ModelVersion,
        _ body: (inout Version) -> Result
    ) -> Result? {
        guard var version = models[name]?[key] else { return nil }
        defer { models[name]?[key] = version }
        return body(&version)
    }

    private static func ready(
        _ version: Version,
        name: String,
        version text: String
    ) throws(ModelRepositoryError) -> ServedModel {
        guard let model = version.model else {
            let state = state(name, ModelVersion(text), version)
            let found = state.reason.isEmpty ? state.readiness.rawValue : "\(state.readiness.rawValue), \(state.reason)"
            throw ModelRepositoryError(.notReady, subject: "\(name) \(text)", found: found)
        }
        return model
    }

    private static func state(_ name: String, _ key: ModelVersion, _ version: Version) -> ModelState {
        let (readiness, reason): (ModelState.Readiness, String)
        switch version.state {
        case .loading: (readiness, reason) = (.loading, "")
        case .ready(let model):
            switch model.runtime.health {
            case .good: (readiness, reason) = (.ready, "")
            case .stalled: (readiness, reason) = (.unavailable, ModelRuntimeError.Code.engineStalled.rawValue)
            }
        case .failed(let code): (readiness, reason) = (.unavailable, code)
        case .unloaded(let holder):
            (readiness, reason) = holder.isHeld ? (.unloading, "unloaded") : (.unavailable, "unloaded")
        }
        return ModelState(name: name, version: key.text, readiness: readiness, reason: reason)
    }
}

/// Whether a request still holds a model.
private struct WeakModel {
    private weak let model: ServedModel?

    init(_ model: ServedModel?) {
        self.model = model
    }

    var isHeld: Bool { model != nil }
}
