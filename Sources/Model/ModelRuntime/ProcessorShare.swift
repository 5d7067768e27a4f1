import Foundation

/// How a machine's cores are shared between decoding and the engines.
///
/// An engine's threads wait for each other after every layer, so one that a decoder pushes aside holds up all of them.
/// With cores enough, decoding gets some of its own; with two or three both take all, and the system shares them out.
package struct ProcessorShare: Sendable, Equatable {
    /// Threads for one run of an engine.
    package let engines: Int
    /// Threads that decode.
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
