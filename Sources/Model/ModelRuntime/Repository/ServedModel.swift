package import ModelPack

/// One version of a model that passed its self-test.
///
/// It can run as long as a reference to it exists, also after the repository has unloaded or replaced it; the engines'
/// memory is freed with the last reference.
package final class ServedModel: Sendable {
    /// The model's name.
    package let name: String
    /// The version.
    package let version: String
    /// The loaded pack.
    package let runtime: ModelRuntime

    /// The pack that runs.
    package var pack: ModelPack { runtime.pack }
    /// The statistics since this version was loaded.
    package var statistics: ModelStatistics { runtime.statistics }

    init(_ runtime: ModelRuntime) {
        name = runtime.pack.card.name
        version = runtime.pack.card.version
        self.runtime = runtime
    }

    deinit {
        // Engines and threads take a while to end, and the last reference may be released on an event loop, or under a
        // lock.
        Task.detached { [runtime] in withExtendedLifetime(runtime) {} }
    }
}
