package import ModelPack

/// One version of a model that passed its self-test.
///
/// Whoever holds one may ask it, though the repository may have unloaded it or loaded another in its place meanwhile; the
/// engines' memory goes with the last holder.
package final class ServedModel: Sendable {
    /// The model's name.
    package let name: String
    /// The version.
    package let version: String
    /// The pack on its engines.
    package let runtime: ModelRuntime

    /// The pack that runs.
    package var pack: ModelPack { runtime.pack }
    /// What this version has done since it was loaded.
    package var statistics: ModelStatistics { runtime.statistics }

    init(_ runtime: ModelRuntime) {
        name = runtime.pack.card.name
        version = runtime.pack.card.version
        self.runtime = runtime
    }

    deinit {
        // Engines and threads take a while to end, and the last holder may be an event loop, or hold a lock.
        Task.detached { [runtime] in withExtendedLifetime(runtime) {} }
    }
}
