import ModelPack
import Testing

@testable import ModelRuntime

@Suite struct ProbabilityTests {
    @Test func `turns logits into probabilities that add up to one`() throws {
        let vector = try ProbabilityVector(output: [1, 2, 3, 4], activation: .softmax, engine: "test")
        #expect(abs(vector.values.reduce(0, +) - 1) < 1e-6)
        // e^-1 / (1 + e^-1 + e^-2 + e^-3)
        #expect(abs(vector.values[2] - 0.236_882_82) < 1e-7)
    }

    @Test func `does not overflow on large logits`() throws {
        let vector = try ProbabilityVector(output: [1e30, -1e30, 0], activation: .softmax, engine: "test")
        #expect(vector.values == [1, 0, 0])
    }

    @Test func `takes probabilities as they are where the model gives them`() throws {
        let vector = try ProbabilityVector(output: [0.25, 0.75], activation: .none, engine: "test")
        #expect(vector.values == [0.25, 0.75])
    }

    @Test(arguments: [[Float.nan, 0], [Float.infinity, 0], [0, -Float.infinity], []])
    func `refuses what is not a finite number`(output: [Float]) {
        let error = #expect(throws: ModelRuntimeError.self) {
            try ProbabilityVector(output: output, activation: .softmax, engine: "test")
        }
        #expect(error?.code == .notFinite)
    }

    @Test func `names the most probable first, and equal ones by index`() throws {
        let vector = try ProbabilityVector(output: [0.1, 0.3, 0.3, 0.05, 0.25], activation: .none, engine: "test")
        let top = vector.top(4)
        #expect(top.map { $0.index } == [1, 2, 4, 0])
        #expect(top.map { $0.probability } == [0.3, 0.3, 0.25, 0.1])
        #expect(vector.mostProbableIndex == 1)
        #expect(vector.top(9).count == 5)
    }
}

@Suite struct CrossCheckTests {
    @Test func `passes engines that agree within the bound, and says how far they differ`() throws {
        let report = try compare([0.7, 0.3], [0.699, 0.301], bound: 0.01)
        #expect(abs((report?.maximumProbabilityDifference ?? 0) - 0.001) < 1e-6)
        #expect(report?.bound == 0.01)
    }

    @Test func `has nothing to say of one engine`() throws {
        #expect(try CrossCheck(bound: 0).compare([("a", try vector([1, 0]))]) == nil)
    }

    @Test func `refuses another first answer, however close`() {
        let error = #expect(throws: ModelRuntimeError.self) {
            try compare([0.5001, 0.4999], [0.4999, 0.5001], bound: 0.1)
        }
        #expect(error?.code == .topAnswersDiffer)
    }

    @Test func `refuses a difference beyond the bound`() {
        let error = #expect(throws: ModelRuntimeError.self) { try compare([0.7, 0.3], [0.6, 0.4], bound: 0.05) }
        #expect(error?.code == .probabilitiesDiffer)
    }

    @Test func `refuses another number of classes`() {
        let error = #expect(throws: ModelRuntimeError.self) { try compare([0.7, 0.3], [0.7, 0.2, 0.1], bound: 0.5) }
        #expect(error?.code == .engineModelDiffers)
    }

    private func compare(_ left: [Float], _ right: [Float], bound: Float) throws -> CrossCheck.Report? {
        try CrossCheck(bound: bound).compare([("left", try vector(left)), ("right", try vector(right))])
    }

    private func vector(_ values: [Float]) throws -> ProbabilityVector {
        try ProbabilityVector(output: values, activation: .none, engine: "test")
    }
}
