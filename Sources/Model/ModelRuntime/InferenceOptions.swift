package import Diagnostics

/// What a caller may ask of one inference.
package struct InferenceOptions: Sendable, Equatable {
    /// The priorities that a model tells apart; 1 comes first.
    package static let priorities = 1...8
    /// The priority of a request that names none.
    package static let usualPriority = 4

    /// How early it runs among those that wait; outside of `priorities` it counts as the nearest of them.
    package var priority = Self.usualPriority
    /// When it is too late to begin the run; nil for never.
    package var deadline: Deadline?
    /// The engines to ask; nil for all of the model's.
    package var engines: Set<EngineKind>?

    package init() {}
}
