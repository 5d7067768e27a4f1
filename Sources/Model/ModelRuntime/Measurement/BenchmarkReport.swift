import Diagnostics
package import Inference
package import ModelPack

/// What a pack's engines reach on this machine, and the setting that speaks for.
package struct BenchmarkReport: Sendable, Equatable {
    /// One engine at one setting.
    package struct Setting: Sendable, Equatable {
        package let engine: EngineKind
        package let precision: Precision
        /// How many threads a run used.
        package let threads: Int
        /// How many rows ran together.
        package let batch: Int
        /// The middle of the runs' times.
        package let median: Duration
        /// The time that 99 of 100 runs stay below.
        package let ninetyNinth: Duration

        /// Rows a second at the median.
        package var rate: Double { Double(batch) / max(Double(median.inNanoseconds), 1) * 1e9 }
    }

    /// What could not be measured.
    package struct Omission: Sendable, Equatable {
        package let engine: EngineKind
        package let precision: Precision
        /// The stable code, and what the error says.
        package let reason: String
    }

    /// A way to serve.
    package struct Recommendation: Sendable, Equatable {
        package let engines: [EngineKind]
        package let precision: Precision
        package let threads: Int
        package let maximumBatch: Int
        /// Rows a second that its engines reach, one after the other.
        package let rate: Double
        /// How long one row alone takes.
        package let lone: Duration
    }

    /// How much of the best rate a smaller batch may lack to be preferred: it answers sooner.
    private static let worthwhileShare = 0.97

    /// The pack's digest.
    package let digest: ContentDigest
    /// From an encoded image to the model's input, on one core.
    package let preparation: Duration
    /// What was measured, in order.
    package internal(set) var settings: [Setting] = []
    /// What was not.
    package internal(set) var leftOut: [Omission] = []
    /// How far each engine's answers to the self-test are from the card's.
    package internal(set) var agreements: [Agreement] = []

    init(pack: ModelPack, preparation: Duration) {
        digest = pack.digest
        self.preparation = preparation
    }

    mutating func noteLeftOut(_ engine: EngineKind, _ precision: Precision, _ error: any Error) {
        guard !leftOut.contains(where: { $0.engine == engine && $0.precision == precision }) else { return }
        let reason = (error as? any CodedError).map { "\($0)" } ?? "\(error)"
        leftOut.append(Omission(engine: engine, precision: precision, reason: reason))
    }

    mutating func note(_ new: [Agreement]) {
        for agreement in new
        where !agreements.contains(where: { $0.engine == agreement.engine && $0.precision == agreement.precision }) {
            agreements.append(agreement)
        }
    }

    /// The best setting of each single engine and precision, and of all float32 engines together, fastest first.
    package var recommendations: [Recommendation] {
        var wanted: [(engines: [EngineKind], precision: Precision)] = []
        for precision in Precision.allCases {
            let engines = EngineKind.allCases.filter { engine in
                settings.contains { $0.engine == engine && $0.precision == precision }
            }
            wanted += engines.map { ([$0], precision) }
            if engines.count > 1 { wanted.append((engines, precision)) }
        }
        return wanted.compactMap { recommendation(for: $0.engines, $0.precision) }.sorted { $0.rate > $1.rate }
    }

    private func recommendation(for engines: [EngineKind], _ precision: Precision) -> Recommendation? {
        let mine = settings.filter { engines.contains($0.engine) && $0.precision == precision }
        // What a set of engines needs for a row, one engine after the other.
        var seconds: [Choice: Double] = [:]
        for setting in mine {
            seconds[Choice(threads: setting.threads, batch: setting.batch), default: 0] += 1 / setting.rate
        }
        guard let least = seconds.values.min() else { return nil }
        let good = seconds.filter { $0.value <= least / Self.worthwhileShare }
        guard let best = good.min(by: { ($0.key.batch, $0.value) < ($1.key.batch, $1.value) }) else { return nil }
        let alone = mine.filter { $0.threads == best.key.threads && $0.batch == 1 }
        return Recommendation(
            engines: engines,
            precision: precision,
            threads: best.key.threads,
            maximumBatch: best.key.batch,
            rate: 1 / best.value,
            lone: alone.reduce(.zero) { $0 + $1.median }
        )
    }

    private struct Choice: Hashable {
        let threads: Int
        let batch: Int
    }
}
