import Foundation
import InferenceProtocol
import TestSupport
import Testing

@testable import InferenceServer

@Suite struct EvaluationTextTests {
    @Test func `writes the sample's text, byte for byte`() {
        let top = [
            Evaluation.Prediction(label: "Samoyed", index: 258, probability: 0.415_851_86),
            Evaluation.Prediction(label: "jack-o'-lantern", index: 607, probability: 1e-7),
        ]
        let evaluation = Evaluation(
            model: Evaluation.Model(name: "m", version: "1", digest: "00"),
            engines: ["ONNX Runtime", "PyTorch"].map { Evaluation.Engine(name: $0, version: "1", top: top) },
            crossCheck: nil,
            timings: Evaluation.Timings(preparation: 0, inference: 0, engines: [:], batchSize: 1)
        )
        let text = EvaluationText(evaluation).text
        let lines = "\n\t('Samoyed', 41.58518600463867)\n\t(\"jack-o'-lantern\", 9.999999747378752e-06)"
        #expect(
            text == "file uploaded successfully.\nONNX Runtime top 2 inference results:\(lines)"
                + "\nPyTorch top 2 inference results:\(lines)"
        )
    }

    @Test(.enabled(if: OutsideTool.python.isReady, "run Scripts/setup.sh test"))
    func `represents strings as Python does`() async throws {
        let strings = [
            "plain", "it's", "say \"x\"", "both ' and \"", "back\\slash", "tab\tline\nreturn\r", "\u{0}\u{7f}\u{85}",
            "ä ß 漢字 🙂", "\u{a0}\u{2028}\u{200b}\u{feff}", "\u{10ffff}", "", "e\u{301}",
        ]
        try await compare(strings, by: "repr", ours: strings.map(\.pythonRepresentation))
    }

    @Test(.enabled(if: OutsideTool.python.isReady, "run Scripts/setup.sh test"))
    func `represents percentages as Python does`() async throws {
        var generator = SystemRandomNumberGenerator()
        var numbers: [Double] = [0, 100, 50, 1e-4, 9.9e-5, 1e-5, .leastNonzeroMagnitude, 0.1, 1.0 / 3]
        for _ in 0..<5000 {
            let magnitude = Float.random(in: -42...0, using: &generator)
            numbers.append(Double(Float(Double.random(in: 0...100, using: &generator) * pow(10, Double(magnitude)))))
        }
        try await compare(numbers, by: "lambda x: repr(float(x))", ours: numbers.map(\.pythonRepresentation))
    }

    private func compare(_ values: some Encodable, by function: String, ours: [String]) async throws {
        let program = "import json, sys; print(json.dumps([(\(function))(x) for x in json.load(sys.stdin)]))"
        let output = try await OutsideTool.python.run(["-c", program], input: try JSONEncoder().encode(values))
        #expect(output.status == 0, "\(output.standardError)")
        let theirs = try JSONDecoder().decode([String].self, from: output.standardOutput)
        #expect(theirs == ours)
    }
}
