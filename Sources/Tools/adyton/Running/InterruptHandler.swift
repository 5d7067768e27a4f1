import ArgumentParser
import Dispatch
import Foundation
import RootFileSystem
import Synchronization

/// Turns SIGINT, SIGTERM and SIGHUP into a request to end early, so that nothing is left behind.
final class InterruptHandler {
    /// Receives the request.
    let interruption = Interruption()

    private let caught = Caught()
    private let sources: [any DispatchSourceSignal]

    private final class Caught: Sendable {
        let number = Atomic<Int32>(0)
    }

    init() {
        let (caught, interruption) = (caught, interruption)
        sources = [SIGINT, SIGTERM, SIGHUP].map { number in
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                caught.number.store(number, ordering: .relaxed)
                interruption.request()
            }
            source.activate()
            return source
        }
    }

    /// The status that shells expect of a program that a signal ended; nil where none came.
    var exitStatus: ExitCode? {
        let number = caught.number.load(ordering: .relaxed)
        return number == 0 ? nil : ExitCode(128 + number)
    }
}
