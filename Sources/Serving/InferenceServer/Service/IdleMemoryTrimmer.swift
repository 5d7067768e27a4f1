import ModelRuntime
import ServiceLifecycle

/// Returns unused memory to the system when no request arrives for a while.
///
/// The allocator caches the memory of images and runs, because fresh pages cost the next request time; an idle server
/// is to be small.
struct IdleMemoryTrimmer: Service {
    /// How long no request has arrived before memory is returned.
    private static let idleTime = Duration.seconds(3)

    let service: InferenceService

    func run() async throws {
        await cancelWhenGracefulShutdown {
            // The first time it returns what loading the models left.
            var (lastTotal, isTrimmed) = (0, false)
            while (try? await Task.sleep(for: Self.idleTime)) != nil {
                let total = service.limiter.total
                guard total == lastTotal, service.limiter.count == 0, service.isReady else {
                    (lastTotal, isTrimmed) = (total, false)
                    continue
                }
                guard !isTrimmed else { continue }
                service.host.repository.trimMemory()
                isTrimmed = true
            }
        }
    }
}
