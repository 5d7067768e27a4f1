import ArgumentParser
import Diagnostics
import Foundation
import Inference
import ModelPack
import ModelRuntime
import ServerTool

/// `adyton bench`: what a pack's engines reach on this machine.
struct BenchCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure a model pack's engines on this machine, and recommend a setting.",
        discussion: """
            Runs every engine with every precision, number of threads and batch size
            on inputs that are ready, after the pack's self-test at that setting. A
            setting that an engine or this processor lacks is left out with the
            reason. The result is the most that a server can reach: it decodes on
            the same cores besides.

            EXAMPLE
              adyton bench Models/signal-flags
              adyton bench --engine torch --batch 1 --batch 16 Models/signal-flags
              adyton bench --json Models/signal-flags | jq '.recommendations[0]'
            """
    )

    @Argument(help: "The model pack's folder.", completion: .directory)
    var pack: String

    @Option(name: .customLong("engine"), help: "An engine to measure; may be repeated. All of this build unless said.")
    var engines: [EngineKind] = []

    @Option(
        name: .customLong("precision"),
        help: "float32 or bfloat16; may be repeated. Both unless said."
    )
    var precisions: [Precision] = []

    @Option(help: "A number of threads; may be repeated. One, and all that serving would use, unless said.")
    var threads: [Int] = []

    @Option(name: .customLong("batch"), help: "A batch size; may be repeated. 1, 2, 4, 8 and 16 unless said.")
    var batches: [Int] = []

    @Option(help: "How many seconds each setting runs.")
    var seconds = 1.0

    @Option(
        help: "The image to prepare and run. The first of the pack's self-test unless said.",
        completion: .file(extensions: ["jpg", "jpeg", "png"])
    )
    var image: String?

    @Flag(help: "Print one JSON document.")
    var json = false

    func validate() throws {
        for threads in threads where !(1...EngineOptions.maximumThreads).contains(threads) {
            let bound = EngineOptions.maximumThreads
            throw ValidationError("--threads takes a number from 1 to \(bound), found \(threads).")
        }
        for batch in batches where !(1...1024).contains(batch) {
            throw ValidationError("--batch takes a number from 1 to 1024, found \(batch).")
        }
        guard (0.01...3600).contains(seconds) else {
            throw ValidationError("--seconds takes a number from 0.01 to 3600, found \(seconds).")
        }
        for engine in engines where !EngineKind.builtIn.contains(engine) {
            throw ValidationError(
                "This build has no engine \"\(engine.rawValue)\"; it has: \(EngineKind.builtInNames)."
            )
        }
    }

    func run() async throws {
        let opened = try ModelPack(opening: URL(filePath: pack))
        var bytes: Data?
        if let image {
            bytes = try? Data(contentsOf: URL(filePath: image))
            guard bytes != nil else {
                throw CommandFailure(.noInput, "\(image) cannot be read.")
            }
        }
        let benchmark = PackBenchmark(opened, plan: plan)
        var progress = ProgressBar(total: benchmark.stepCount, isShown: StandardError.isTerminal && !json)
        do {
            let report = try await benchmark.run(image: bytes) { progress.advance() }
            progress.finish()
            let text = BenchmarkText(report, pack: opened)
            try printResult(json ? try text.json() : text.text)
        } catch {
            progress.finish()
            throw error
        }
    }

    private var plan: PackBenchmark.Plan {
        var plan = PackBenchmark.Plan()
        if !engines.isEmpty { plan.engines = EngineKind.allCases.filter { engines.contains($0) } }
        if !precisions.isEmpty { plan.precisions = Precision.allCases.filter { precisions.contains($0) } }
        if !threads.isEmpty { plan.threads = Set(threads).sorted() }
        if !batches.isEmpty { plan.batches = Set(batches).sorted() }
        plan.duration = .seconds(seconds)
        return plan
    }
}
