import Dispatch
import Foundation
import Inference
import TestSupport
import Testing

@testable import ModelRuntime

@Suite struct BatcherTests {
    private static let input = TensorDescription(name: "input", dataType: .float32, shape: [-1, 2])
    private static let output = TensorDescription(name: "output", dataType: .float32, shape: [-1, 2])

    @Test func `runs together what waits, and gives each its own answer`() async throws {
        let gate = Gate()
        let engine = FakeEngine { _ in await gate.pass() }
        let batcher = Batcher(engines: [engine], input: Self.input, output: Self.output, maximumBatch: 4)
        let answers = try await withThrowingTaskGroup(of: (Int, Float?).self) { group in
            for index in 0..<9 {
                group.addTask { (index, try await batcher.run([Float(index), 1])[0].scores.first) }
            }
            await gate.openWhen { await batcher.waitingCount == 8 }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        #expect(engine.batchSizes == [1, 4, 4])
        for (index, sum) in answers {
            #expect(sum == Float(index) + 1)
        }
    }

    @Test func `refuses an engine that gives another number of scores than the card states`() async throws {
        let wide = TensorDescription(name: "output", dataType: .float32, shape: [-1, 3])
        let batcher = Batcher(engines: [FakeEngine()], input: Self.input, output: wide, maximumBatch: 4)
        let error = await #expect(throws: ModelRuntimeError.self) { try await batcher.run([1, 2]) }
        #expect(error?.code == .engineModelDiffers)
    }

    @Test func `asks every engine, and puts the answers in the engines' order`() async throws {
        let engines = [FakeEngine(name: "first"), FakeEngine(name: "second")]
        let batcher = Batcher(engines: engines, input: Self.input, output: Self.output, maximumBatch: 4)
        #expect(try await batcher.run([1, 2]).map(\.engine) == ["first", "second"])
    }

    @Test func `fails everyone of a batch whose engine fails, and serves the next`() async throws {
        struct Broken: Error {}
        let engine = FakeEngine { size in if size > 1 { throw Broken() } }
        let gate = Gate()
        let slow = FakeEngine { _ in await gate.pass() }
        let batcher = Batcher(engines: [slow, engine], input: Self.input, output: Self.output, maximumBatch: 4)
        let failures = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<4 {
                group.addTask { (try? await batcher.run([1, 2])) == nil }
            }
            await gate.openWhen { await batcher.waitingCount == 3 }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(failures == 3)
        #expect(try await batcher.run([1, 2]).count == 2)
    }

    @Test func `does not compute for a caller who left`() async throws {
        let gate = Gate()
        let engine = FakeEngine { _ in await gate.pass() }
        let batcher = Batcher(engines: [engine], input: Self.input, output: Self.output, maximumBatch: 4)
        let first = Task { try await batcher.run([1, 2]) }
        while await batcher.isIdle { await Task.yield() }
        let second = Task { try await batcher.run([3, 4]) }
        while await batcher.waitingCount == 0 { await Task.yield() }
        second.cancel()
        await #expect(throws: CancellationError.self) { try await second.value }
        await gate.open()
        _ = try await first.value
        #expect(engine.batchSizes == [1])
    }
}

/// Holds those who pass until it is opened.
private actor Gate {
    private var isOpen = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func pass() async {
        guard !isOpen else { return }
        await withCheckedContinuation { waiting.append($0) }
    }

    func open() {
        isOpen = true
        for continuation in waiting { continuation.resume() }
        waiting = []
    }

    func openWhen(_ condition: @Sendable () async -> Bool) async {
        while await !condition() { await Task.yield() }
        open()
    }
}
