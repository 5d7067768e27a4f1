package import Diagnostics

/// The options of one inference.
package struct InferenceOptions: Sendable, Equatable {
    /// The priority levels; 1 runs first.
    package static let priorities = 1...8
    /// The default priority.
    package static let usualPriority = 4

    /// The priority in the queue; values outside of `priorities` count as the nearest of them.
    package var priority = Self.usualPriority
    /// By when the run has to begin; nil for no limit.
    package var deadline: Deadline?
    /// The engines to run; nil for all of the model's.
    package var engines: Set<EngineKind>?

    package init() {}
}
