import ModelRuntime
import ServiceLifecycle

/// Returns unused memory to the system when no request arrives for a while.
///
/// The allocator caches the memory of images and runs, because fresh pages cost the next request time; an idle server
/// is to be small.
struct IdleMemoryTrimmer: Service {
    /// How long no request has arrived before memory is returned.
    private static let pause = Duration.seconds(3)

    let service: InferenceService

    func run() async throws {
        await cancelWhenGracefulShutdown {
            // The first time it returns what loading the models left.
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
