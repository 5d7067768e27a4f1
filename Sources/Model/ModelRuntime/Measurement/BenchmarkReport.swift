import Diagnostics
package import Inference
package import ModelPack

/// The performance of a pack's engines on this machine, and the recommended settings.
package struct BenchmarkReport: Sendable, Equatable {
    /// One engine at one setting.
    package struct Setting: Sendable, Equatable {
        package let engine: EngineKind
        package let precision: Precision
        /// How many threads a run used.
        package let threads: Int
        /// How many rows ran together.
        package let batch: Int
        /// The median duration of a run.
        package let median: Duration
        /// The 99th percentile.
        package let ninetyNinth: Duration

        /// Rows a second at the median.
        package var rate: Double { Double(batch) / max(Double(median.inNanoseconds), 1) * 1e9 }
    }

    /// A setting that could not be measured.
    package struct Omission: Sendable, Equatable {
        package let engine: EngineKind
        package let precision: Precision
        /// The stable code and the description of the error.
        package let reason: String
    }

    /// A recommended setting.
    package struct Recommendation: Sendable, Equatable {
        package let engines: [EngineKind]
        package let precision: Precision
        package let threads: Int
        package let maximumBatch: Int
        /// Rows a second of its engines, one after the other.
        package let rate: Double
        /// The latency of a single row.
        package let lone: Duration
    }

    /// The share of the best rate that a smaller batch has to reach to be preferred for its lower latency.
    private static let worthwhileShare = 0.97

    /// The pack's digest.
    package let digest: ContentDigest
    /// The time from an encoded image to the model's input, on one core.
    package let preparation: Duration
    /// The measurements, in order.
    package internal(set) var settings: [Setting] = []
    /// The settings that were left out.
    package internal(set) var leftOut: [Omission] = []
    /// How far each engine's results for the self-test differ from the card's.
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
        // The seconds that a set of engines takes for a row, one engine after the other.
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
