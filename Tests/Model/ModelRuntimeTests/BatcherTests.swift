import Diagnostics
import Inference
import InferenceProtocol
import TestSupport
import Testing

@testable import ModelRuntime

@Suite(.timeLimit(.minutes(2))) struct BatcherTests {
    private static let input = TensorDescription(name: "input", dataType: .float32, shape: [-1, 3, 1, 1])
    private static let output = TensorDescription(name: "output", dataType: .float32, shape: [-1, 2])

    @Test func `runs together what waits, and gives each its own answer`() async throws {
        let gate = Gate()
        let engine = FakeEngine { _ in await gate.pass() }
        let batcher = try Self.batcher([engine])
        let answers = try await withThrowingTaskGroup(of: (Int, Float?).self) { group in
            for index in 0..<9 {
                group.addTask {
                    (index, try await batcher.run([Float(index), 1, 0]).outputs[0].tensors[0].elements.first)
                }
            }
            await gate.openWhen { batcher.waitingCount == 8 }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        #expect(engine.batchSizes == [1, 4, 4])
        for (index, sum) in answers {
            #expect(sum == Float(index) + 1)
        }
    }

    @Test func `gives a request of several rows all of them, images and numbers in one batch`() async throws {
        let gate = Gate()
        let engine = FakeEngine { _ in await gate.pass() }
        let batcher = try Self.batcher([engine])
        async let first = batcher.run([0, 0, 0])
        while batcher.isIdle { await Task.yield() }
        async let rows = batcher.run(Self.rows([1, 2, 3, 4, 5, 6]))
        while batcher.waitingCount < 1 { await Task.yield() }
        let pixel = RGBImage(width: 1, height: 1, pixels: [255, 0, 51])
        async let image = batcher.run(BatchInput(contents: [.images([pixel])], rows: 1))
        await gate.openWhen { batcher.waitingCount == 2 }
        _ = try await first
        #expect(try await rows.outputs[0].tensors[0].elements == [6, -6, 15, -15])
        // The mean is 0 and the deviation 1: 255, 0 and 51 become 1, 0 and 0.2.
        #expect(try await abs((image.outputs[0].tensors[0].elements.first ?? 0) - 1.2) < 1e-6)
        #expect(engine.batchSizes == [1, 3])
    }

    @Test func `refuses an engine that gives another number of scores than the card states`() async throws {
        let wide = TensorDescription(name: "output", dataType: .float32, shape: [-1, 3])
        let batcher = try Self.batcher([FakeEngine()], output: wide)
        let error = await #expect(throws: ModelRuntimeError.self) { try await batcher.run([1, 2, 3]) }
        #expect(error?.code == .engineModelDiffers)
    }

    @Test func `asks every engine of the group, and puts the answers in the engines' order`() async throws {
        let engines = [FakeEngine(name: "first"), FakeEngine(name: "second")]
        let batcher = try Self.batcher(engines)
        #expect(try await batcher.run([1, 2, 3]).outputs.map(\.engine.name) == ["first", "second"])
        #expect(try await batcher.run([1, 2, 3], group: 0b10).outputs.map(\.engine.name) == ["second"])
        #expect(engines[0].batchSizes == [1])
    }

    @Test func `fails everyone of a batch whose engine fails, and serves the next`() async throws {
        struct Broken: Error {}
        let engine = FakeEngine { size in if size > 1 { throw Broken() } }
        let gate = Gate()
        let slow = FakeEngine { _ in await gate.pass() }
        let batcher = try Self.batcher([slow, engine])
        let failures = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<4 {
                group.addTask { (try? await batcher.run([1, 2, 3])) == nil }
            }
            await gate.openWhen { batcher.waitingCount == 3 }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(failures == 3)
        #expect(try await batcher.run([1, 2, 3]).outputs.count == 2)
    }

    @Test func `does not compute for a caller who left`() async throws {
        let gate = Gate()
        let engine = FakeEngine { _ in await gate.pass() }
        let batcher = try Self.batcher([engine])
        let first = Task { try await batcher.run([1, 2, 3]) }
        while batcher.isIdle { await Task.yield() }
        let second = Task { try await batcher.run([3, 4, 5]) }
        while batcher.waitingCount == 0 { await Task.yield() }
        second.cancel()
        await #expect(throws: CancellationError.self) { try await second.value }
        await gate.open()
        _ = try await first.value
        #expect(engine.batchSizes == [1])
    }

    @Test func `lets a caller go at once though its run goes on`() async throws {
        let gate = Gate()
        let batcher = try Self.batcher([FakeEngine { _ in await gate.pass() }])
        let caller = Task { try await batcher.run([1, 2, 3]) }
        while batcher.isIdle { await Task.yield() }
        caller.cancel()
        await #expect(throws: CancellationError.self) { try await caller.value }
        await gate.open()
        #expect(try await batcher.run([1, 2, 3]).outputs.count == 1)
    }

    @Test func `does not run what is too late`() async throws {
        let gate = Gate()
        let engine = FakeEngine { _ in await gate.pass() }
        let batcher = try Self.batcher([engine])
        let first = Task { try await batcher.run([1, 2, 3]) }
        while batcher.isIdle { await Task.yield() }
        let error = await #expect(throws: ModelRuntimeError.self) {
            try await batcher.run([1, 2, 3], deadline: Deadline(in: .milliseconds(20)))
        }
        #expect(error?.code == .deadlinePassed)
        await gate.open()
        _ = try await first.value
        #expect(engine.batchSizes == [1])
    }

    @Test func `gives up a run that does not end, refuses what comes, and serves again when it ends`() async throws {
        let gate = Gate()
        let batcher = try Self.batcher([FakeEngine { _ in await gate.pass() }], runLimit: .milliseconds(50))
        let running = Task { try await batcher.run([1, 2, 3]) }
        while batcher.isIdle { await Task.yield() }
        let waiting = Task { try await batcher.run([1, 2, 3]) }
        for caller in [running, waiting] {
            let error = await #expect(throws: ModelRuntimeError.self) { try await caller.value }
            #expect(error?.code == .engineStalled)
        }
        #expect(batcher.isStalled)
        let error = await #expect(throws: ModelRuntimeError.self) { try await batcher.run([1, 2, 3]) }
        #expect(error?.code == .engineStalled)
        await gate.open()
        while batcher.isStalled { await Task.yield() }
        #expect(try await batcher.run([1, 2, 3]).outputs.count == 1)
    }

    /// Rows of three numbers.
    fileprivate static func rows(_ elements: [Float]) -> BatchInput {
        let rows = elements.count / 3
        let tensor = Tensor(name: "input", shape: [rows, 3, 1, 1], elements: elements)
        return BatchInput(contents: [.tensor(tensor)], rows: rows)
    }

    private static func batcher(
        _ engines: [FakeEngine],
        output: TensorDescription = output,
        runLimit: Duration = .seconds(60)
    ) throws -> Batcher {
        Batcher(
            engines: engines,
            plan: BatchPlan(
                inputs: [input],
                outputs: [output],
                preprocessing: try Preprocessing(
                    shortSide: 1,
                    cropWidth: 1,
                    cropHeight: 1,
                    mean: [0, 0, 0],
                    standardDeviation: [1, 1, 1]
                )
            ),
            limits: Batcher.Queue.Limits(
                maximumBatch: 4,
                maximumWaiting: 100,
                maximumDelay: .milliseconds(10),
                runLimit: runLimit
            ),
            statistics: ModelStatistics()
        )
    }
}

extension Batcher {
    /// Announces and runs one row.
    fileprivate func run(
        _ elements: [Float],
        group: Int = 0b11,
        deadline: Deadline? = nil
    ) async throws -> BatchOutput {
        try await run(BatcherTests.rows(elements), group: group, deadline: deadline)
    }

    /// Announces and runs what has its rows.
    fileprivate func run(
        _ input: BatchInput,
        group: Int = 0b11,
        deadline: Deadline? = nil
    ) async throws -> BatchOutput {
        try await run(as: announce(priority: 4, group: BatchGroup(engines: group), deadline: deadline), on: nil) {
            input
        }
    }
}
