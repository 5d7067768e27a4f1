import Foundation

/// The division of a machine's cores between decoding and the engines.
///
/// An engine's threads synchronise after every layer, so one that a decoder preempts delays all of them. With four
/// cores or more, decoding has cores of its own; with fewer both use all of them, and the scheduler divides the time.
package struct ProcessorShare: Sendable, Equatable {
    /// The number of threads for one run of an engine.
    package let engines: Int
    /// The number of threads for decoding.
    package let decoding: Int

    /// - Parameter cores: How many there are; fewer than 1 count as 1.
    package init(cores: Int) {
        let cores = max(cores, 1)
        guard cores >= 4 else {
            (engines, decoding) = (cores, cores)
            return
        }
        decoding = cores / 4
        engines = cores - decoding
    }

    /// The share for the cores that this process may use.
    package static var ofThisMachine: ProcessorShare {
        ProcessorShare(cores: ProcessInfo.processInfo.activeProcessorCount)
    }
}
