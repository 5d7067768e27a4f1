import Foundation
import Inference
import ModelPack
import Synchronization
import TestSupport
import Testing

@testable import ModelRuntime

@Suite(.timeLimit(.minutes(3))) struct ModelRepositoryTests {
    private static let original = ProjectFolder.root.appending(path: "Models/signal-flags")

    private let folder: TemporaryFolder
    private let root: URL

    init() throws {
        folder = try TemporaryFolder()
        root = folder.url.appending(path: "models")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: false)
    }

    @Test func `serves every version, and the highest unless said`() async throws {
        try add("flags", "1.9")
        try add("flags", "1.10")
        try add("other", "1")
        let repository = repository()
        #expect(throws: ModelRepositoryError.self) { try repository.firstModel() }
        try await repository.loadAll()
        #expect(
            repository.index() == [
                ModelState(name: "flags", version: "1.9", readiness: .ready),
                ModelState(name: "flags", version: "1.10", readiness: .ready),
                ModelState(name: "other", version: "1", readiness: .ready),
            ]
        )
        #expect(try repository.model("flags").version == "1.10")
        #expect(try repository.model("flags", version: "1.9").version == "1.9")
        #expect(try repository.firstModel().name == "flags")
        try await Self.ask(repository.model("flags"))
    }

    @Test func `names what is not there without a client's words`() async throws {
        try add("flags", "1")
        let repository = repository()
        try await repository.loadAll()
        let code = { (name: String, version: String?) -> ModelRepositoryError? in
            #expect(throws: ModelRepositoryError.self) { try repository.model(name, version: version) }
        }
        #expect(code("secret", nil)?.code == .modelUnknown)
        #expect(code("flags", "secret")?.code == .versionUnknown)
        #expect(!"\(code("secret", nil).map { "\($0)" } ?? "")".contains("secret"))
        #expect(!"\(code("flags", "secret").map { "\($0)" } ?? "")".contains("secret"))
        await #expect(throws: ModelRepositoryError.self) { try await repository.load("secret") }
        await #expect(throws: ModelRepositoryError.self) { try await repository.unload("secret") }
    }

    @Test func `leaves the others where a pack fails, and says why`() async throws {
        try add("flags", "1")
        try add("broken", "1")
        try Data("changed".utf8).write(to: root.appending(path: "broken/1/labels.txt"))
        try add("misplaced", "1", card: ("misplaced", "2"))
        let repository = repository()
        try await repository.loadAll()
        #expect(
            repository.index() == [
                ModelState(name: "broken", version: "1", readiness: .unavailable, reason: "pack.file-changed"),
                ModelState(name: "flags", version: "1", readiness: .ready),
                ModelState(
                    name: "misplaced",
                    version: "1",
                    readiness: .unavailable,
                    reason: "repository.name-differs"
                ),
            ]
        )
        let error = #expect(throws: ModelRepositoryError.self) { try repository.model("broken") }
        #expect(error?.code == .notReady)
        #expect(error?.found?.contains("pack.file-changed") == true)
        try await Self.ask(repository.model("flags"))
    }

    @Test func `refuses a pack of another digest than the caller names, and two of one version`() async throws {
        try add("flags", "1")
        let pack = try ModelPack(opening: root.appending(path: "flags/1"))
        let wrong = try ModelPack(opening: Self.original).digest
        for (digest, isReady) in [(pack.digest, true), (wrong, false)] {
            let repository = repository(.packs([PackLocation(root.appending(path: "flags/1"), digest: digest)]))
            try await repository.loadAll()
            #expect((repository.index().first?.readiness == .ready) == isReady)
        }
        try add("twin", "1", card: ("flags", "1"))
        let both = [PackLocation(root.appending(path: "flags/1")), PackLocation(root.appending(path: "twin/1"))]
        let repository = repository(.packs(both))
        let error = await #expect(throws: ModelRepositoryError.self) { try await repository.load("flags") }
        #expect(error?.code == .nameTaken)
        #expect(repository.index() == [ModelState(name: "flags", version: "1", readiness: .ready)])
    }

    @Test func `takes a model out of service while a request under way is answered`() async throws {
        try add("flags", "1")
        let repository = repository()
        try await repository.loadAll()
        var held: ServedModel? = try repository.model("flags")
        try await repository.unload("flags")
        #expect(repository.index().map(\.readiness) == [.unloading])
        #expect(throws: ModelRepositoryError.self) { try repository.model("flags") }
        try await Self.ask(#require(held))
        held = nil
        #expect(repository.index().map(\.readiness) == [.unavailable])
        #expect(repository.index().map(\.reason) == ["unloaded"])
        try await repository.load("flags")
        try await Self.ask(repository.model("flags"))
    }

    @Test func `loads again while others are served, and drops no request`() async throws {
        try add("flags", "1")
        let repository = repository()
        try await repository.loadAll()
        let end = Gate()
        let answered = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    var count = 0
                    while await !end.isOpen {
                        try await Self.ask(repository.model("flags"))
                        count += 1
                    }
                    return count
                }
            }
            for round in 2...4 {
                try FileManager.default.removeItem(at: root.appending(path: "flags/\(round - 1)"))
                try add("flags", "\(round)")
                try await repository.load("flags")
                #expect(try repository.model("flags").version == "\(round)")
            }
            await end.open()
            return try await group.reduce(0, +)
        }
        #expect(answered >= 4)
    }

    @Test func `goes on with the old one where the new one fails, and keeps what has not changed`() async throws {
        try add("flags", "1")
        let repository = repository()
        try await repository.loadAll()
        let first = try repository.model("flags")
        try await repository.load("flags")
        #expect(try repository.model("flags") === first)
        try Data("changed".utf8).write(to: root.appending(path: "flags/1/labels.txt"))
        await #expect(throws: ModelPackError.self) { try await repository.load("flags") }
        #expect(repository.index() == [ModelState(name: "flags", version: "1", readiness: .ready)])
        try await Self.ask(repository.model("flags"))
    }

    @Test func `takes a version out of service that is gone from the disk`() async throws {
        try add("flags", "1")
        try add("flags", "2")
        let repository = repository()
        try await repository.loadAll()
        try FileManager.default.removeItem(at: root.appending(path: "flags/2"))
        try await repository.load("flags")
        #expect(try repository.model("flags").version == "1")
    }

    @Test func `tells of every change, and gives nothing once it stops`() async throws {
        try add("flags", "1")
        let seen = Mutex<[ModelState.Readiness]>([])
        let repository = ModelRepository(.folder(root), configuration: Self.configuration) { state, _ in
            seen.withLock { $0.append(state.readiness) }
        }
        try await repository.loadAll()
        try await repository.unload("flags")
        // Whoever asked last may hold the model a little longer.
        let last = seen.withLock { $0.removeLast() }
        #expect(seen.withLock { $0 } == [.loading, .ready])
        #expect([.unloading, .unavailable].contains(last))
        repository.stop()
        let error = #expect(throws: ModelRepositoryError.self) { try repository.model("flags") }
        #expect(error?.code == .stopping)
    }

    @Test func `marks a model whose engine stalls, and serves the others`() async throws {
        let pack = try ModelPack(opening: Self.original)
        let gate = Gate()
        let stuck = FakeEngine(inputs: [pack.card.inputs[0].tensor], outputs: [pack.card.outputs[0].tensor]) { _ in
            await gate.pass()
        }
        var configuration = Self.configuration.runtime
        configuration.runLimit = .milliseconds(50)
        let model = ServedModel(try ModelRuntime(pack: pack, engines: [stuck], configuration: configuration))
        var table = ModelTable()
        let candidate = PackSource.Candidate(
            location: PackLocation(Self.original),
            name: pack.card.name,
            version: pack.card.version,
            isNamedByFolder: false
        )
        table.note([candidate])
        let round = table.begin(candidate)
        _ = table.finish(candidate, round: round, with: .success(model))
        #expect(table.index().map(\.readiness) == [.ready])
        await #expect(throws: ModelRuntimeError.self) { try await Self.ask(model) }
        #expect(table.index().map(\.readiness) == [.unavailable])
        #expect(table.index().map(\.reason) == ["runtime.engine-stalled"])
        #expect(throws: ModelRepositoryError.self) { try table.model(pack.card.name, version: nil) }
        await gate.open()
    }

    private static var configuration: ModelRepository.Configuration {
        var configuration = ModelRepository.Configuration()
        configuration.runtime.engines = [.onnx]
        configuration.runtime.threads = 1
        configuration.runtime.decodingThreads = 1
        return configuration
    }

    private func repository(_ source: PackSource? = nil) -> ModelRepository {
        ModelRepository(source ?? .folder(root), configuration: Self.configuration)
    }

    private static func ask(_ model: ServedModel) async throws {
        let item = try #require(model.pack.card.selfTest.first)
        let bytes = try Data(contentsOf: original.appending(path: item.image))
        let result = try await model.runtime.infer([EncodedImage(bytes: bytes)], options: InferenceOptions())
        let index = try #require(result.outputs.first?.probabilities.first?.top(1).first?.index)
        #expect(model.pack.labels[index] == item.label)
    }

    /// Copies the bundled pack to NAME/VERSION, with that name and version in its card or others.
    private func add(_ name: String, _ version: String, card: (name: String, version: String)? = nil) throws {
        let place = root.appending(path: "\(name)/\(version)")
        try FileManager.default.createDirectory(
            at: place.deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        try FileManager.default.copyItem(at: Self.original, to: place)
        let file = place.appending(path: "model-card.json")
        var document = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any]
        )
        document["name"] = card?.name ?? name
        document["version"] = card?.version ?? version
        try JSONSerialization.data(withJSONObject: document).write(to: file)
    }
}
