import Dispatch
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A fixed pool of threads for work that takes long: one thread for an engine, several for decoding.
///
/// Swift's cooperative pool has as many threads as the machine has cores, so a long run there would block other tasks.
/// An engine also needs the same thread for every run: OpenMP has a pool of workers for each thread that calls it. Work
/// starts in FIFO order. A task may prefer the pool as its executor: its code before and after such work then runs on
/// the same thread, and no other thread is woken.
package final class WorkerThreads: TaskExecutor {
    /// Deep enough for the recursion of a library's parser and interpreter.
    private static let stackSizeInBytes = 16 << 20

    private let queue: WorkQueue
    private let handles: [pthread_t]

    /// Starts the threads.
    ///
    /// - Parameter count: The number of threads; at least 1.
    /// - Throws: `engine.out-of-resources` where the system creates no thread.
    package init(count: Int = 1) throws(EngineError) {
        precondition(count >= 1, "work needs a thread")
        let queue = WorkQueue()
        var handles: [pthread_t] = []
        do {
            for _ in 0..<count { handles.append(try Self.start(queue)) }
        } catch {
            queue.close()
            for handle in handles { pthread_join(handle, nil) }
            throw error
        }
        self.queue = queue
        self.handles = handles
    }

    deinit {
        queue.close()
        // No task waits here any more, because a task that awaits `run` retains this object: the threads are idle or
        // end.
        for handle in handles {
            if pthread_equal(handle, pthread_self()) != 0 {
                pthread_detach(handle)
            } else {
                pthread_join(handle, nil)
            }
        }
    }

    /// Runs work on a thread, after all work that was queued before.
    ///
    /// - Parameter work: May block.
    /// - Returns: What the work returns.
    /// - Throws: What the work throws, and `CancellationError` where the task was cancelled before the work began: then
    ///   it does not begin.
    package func run<Success: Sendable>(_ work: @escaping @Sendable () throws -> Success) async throws -> Success {
        let ticket = Ticket()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                ticket.wait { call in
                    switch call {
                    case .begin: continuation.resume(with: Result(catching: work))
                    case .cancel: continuation.resume(throwing: CancellationError())
                    }
                }
                queue.append { ticket.call(.begin) }
            }
        } onCancel: {
            ticket.call(.cancel)
        }
    }

    /// Queues work, after all work that was queued before, and does not wait for it.
    ///
    /// - Parameter work: May block.
    package func start(_ work: @escaping @Sendable () -> Void) {
        queue.append(work)
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        // Safe: the closure holds the executor while the job runs.
        queue.append { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }

    private static func start(_ queue: WorkQueue) throws(EngineError) -> pthread_t {
        var attributes = pthread_attr_t()
        var handle = pthread_t()
        // Safe: the attributes live on this frame from their initialisation to their destruction.
        unsafe pthread_attr_init(&attributes)
        defer { unsafe pthread_attr_destroy(&attributes) }
        unsafe pthread_attr_setstacksize(&attributes, stackSizeInBytes)
        let argument = unsafe Unmanaged.passRetained(queue)
        let code = unsafe pthread_create(
            &handle,
            &attributes,
            { argument in
                // Safe: the argument is the queue retained below for this thread alone, which takes over the reference.
                if let argument = unsafe argument {
                    unsafe Unmanaged<WorkQueue>.fromOpaque(argument).takeRetainedValue().work()
                }
                return nil
            },
            argument.toOpaque()
        )
        guard code == 0 else {
            // Safe: no thread was created, so the reference is released here.
            unsafe argument.release()
            throw EngineError(.outOfResources, subject: "a worker thread", found: "pthread_create gave \(code)")
        }
        return handle
    }
}

/// The queue of the threads.
private final class WorkQueue: Sendable {
    private struct State {
        var work = FIFOQueue<@Sendable () -> Void>()
        var isClosed = false
    }

    private let state = Mutex(State())
    private let semaphore = DispatchSemaphore(value: 0)

    func append(_ work: @escaping @Sendable () -> Void) {
        state.withLock { $0.work.append(work) }
        semaphore.signal()
    }

    func close() {
        state.withLock { $0.isClosed = true }
        semaphore.signal()
    }

    /// Runs the queued work until the queue is closed and empty: the main function of each thread.
    func work() {
        while true {
            semaphore.wait()
            let (piece, isOver) = state.withLock { state in
                state.work.isEmpty ? (nil, state.isClosed) : (state.work.popFirst(), false)
            }
            piece?()
            if isOver {
                // Wakes the next thread, so that it ends, too.
                semaphore.signal()
                return
            }
        }
    }
}

/// The state of one queued task: it either begins or is cancelled, once.
private final class Ticket: Sendable {
    enum Call { case begin, cancel }

    private enum State {
        case new
        case waiting(@Sendable (Call) -> Void)
        case called
    }

    private let state = Mutex(State.new)

    /// Sets what happens at the call; a call that came before cancelled it, and is repeated at once.
    func wait(_ answer: @escaping @Sendable (Call) -> Void) {
        let isLate = state.withLock { state in
            guard case .new = state else { return true }
            state = .waiting(answer)
            return false
        }
        if isLate { answer(.cancel) }
    }

    /// Begins or cancels the task; does nothing where that was called before.
    func call(_ call: Call) {
        let answer: (@Sendable (Call) -> Void)? = state.withLock { state in
            defer { state = .called }
            guard case .waiting(let answer) = state else { return nil }
            return answer
        }
        answer?(call)
    }
}
