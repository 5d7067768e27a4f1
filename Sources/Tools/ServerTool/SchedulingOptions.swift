import ArgumentParser
import Inference
import ModelRuntime

/// How a model's requests share its engines, as options.
struct SchedulingOptions: ParsableArguments {
    private static let defaults = ModelRuntime.Configuration()

    @Option(help: "The engines' arithmetic, float32 or bfloat16; the pack's card has to allow the latter.")
    var precision = Self.defaults.precision

    @Option(help: "How many images may be decoded side by side (default: by the cores).")
    var decodingThreads: Int?

    @Option(help: "How many milliseconds an idle engine may wait for images that are being decoded.")
    var maximumDelay = Self.defaults.maximumDelay / .milliseconds(1)

    @Option(help: "How many requests of a model may wait; beyond it they are refused at once.")
    var maximumWaiting = Self.defaults.maximumWaiting

    @Option(help: "How many seconds one run of an engine may take before it is given up.")
    var runLimit = Self.defaults.runLimit / .seconds(1)

    func validateBounds() throws {
        guard (1...1024).contains(decodingThreads ?? 1) else {
            throw ValidationError("--decoding-threads takes a number from 1 to 1024, found \(decodingThreads ?? 0).")
        }
        guard (0...10_000).contains(maximumDelay) else {
            throw ValidationError("--maximum-delay takes milliseconds from 0 to 10000, found \(maximumDelay).")
        }
        guard (1...1_000_000).contains(maximumWaiting) else {
            throw ValidationError("--maximum-waiting takes a number from 1 to 1000000, found \(maximumWaiting).")
        }
        guard (0.001...86_400).contains(runLimit) else {
            throw ValidationError("--run-limit takes seconds from 0.001 to 86400, found \(runLimit).")
        }
    }

    func apply(to configuration: inout ModelRuntime.Configuration) {
        configuration.precision = precision
        configuration.decodingThreads = decodingThreads ?? configuration.decodingThreads
        configuration.maximumDelay = .seconds(maximumDelay / 1000)
        configuration.maximumWaiting = maximumWaiting
        configuration.runLimit = .seconds(runLimit)
    }
}
