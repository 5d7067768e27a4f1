import ModelRuntime
import ServiceLifecycle

/// Gives memory back to the system when nobody asks for anything.
///
/// The allocator keeps what images and runs have used, because the next one would pay for fresh pages; a server that rests
/// is to be small.
struct IdleMemoryTrimmer: Service {
    /// How long nothing has to be asked.
    private static let pause = Duration.seconds(3)

    let service: InferenceService

    func run() async throws {
        await cancelWhenGracefulShutdown {
            // What loading the models left goes first.
            var (known, isDone) = (0, false)
            while (try? await Task.sleep(for: Self.pause)) != nil {
                let total = service.admission.total
                guard total == known, service.admission.count == 0, service.isReady else {
                    (known, isDone) = (total, false)
                    continue
                }
                guard !isDone else { continue }
                service.host.repository.giveMemoryBack()
                isDone = true
            }
        }
    }
}
