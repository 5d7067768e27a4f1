import Dispatch
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Threads of their own for work that takes long: one for an engine, several for decoding.
///
/// Swift's cooperative pool has as many threads as the machine has cores, so a long run there would hold up every other
/// task. An engine has to keep to one thread for good, too: OpenMP keeps a pool of workers for each thread that calls it.
/// Work begins in the order in which it was asked for. A task that prefers the threads as its executor runs on them between
/// its waits, too, so that what goes before and after a piece of work wakes no other thread.
package final class WorkerThreads: TaskExecutor {
    /// Deep enough for the recursion of a library's parser and interpreter.
    private static let stackSizeInBytes = 16 << 20

    private let line: Line
    private let handles: [pthread_t]

    /// Starts the threads.
    ///
    /// - Parameter count: How many pieces of work may take place at a time; at least 1.
    /// - Throws: `engine.out-of-resources` where the system gives no thread.
    package init(count: Int = 1) throws(EngineError) {
        precondition(count >= 1, "work needs a thread")
        let line = Line()
        var handles: [pthread_t] = []
        do {
            for _ in 0..<count { handles.append(try Self.start(line)) }
        } catch {
            line.close()
            for handle in handles { pthread_join(handle, nil) }
            throw error
        }
        self.line = line
        self.handles = handles
    }

    deinit {
        line.close()
        // Nobody waits here any more: a task that awaits `run` holds this object. So the threads are idle or end.
        for handle in handles {
            if pthread_equal(handle, pthread_self()) != 0 {
                pthread_detach(handle)
            } else {
                pthread_join(handle, nil)
            }
        }
    }

    /// Does a piece of work on a thread, begun after all that were asked for before it.
    ///
    /// - Parameter work: What is done; it may block.
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
                    case .leave: continuation.resume(throwing: CancellationError())
                    }
                }
                line.append { ticket.call(.begin) }
            }
        } onCancel: {
            ticket.call(.leave)
        }
    }

    /// Has a piece of work done, begun after all that were asked for before it.
    ///
    /// - Parameter work: What is done; it may block.
    package func start(_ work: @escaping @Sendable () -> Void) {
        line.append(work)
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        // Safe: the closure holds the executor while the job runs.
        line.append { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }

    private static func start(_ line: Line) throws(EngineError) -> pthread_t {
        var attributes = pthread_attr_t()
        var handle = pthread_t()
        // Safe: the attributes live on this frame from their initialisation to their destruction.
        unsafe pthread_attr_init(&attributes)
        defer { unsafe pthread_attr_destroy(&attributes) }
        unsafe pthread_attr_setstacksize(&attributes, stackSizeInBytes)
        let argument = unsafe Unmanaged.passRetained(line)
        let code = unsafe pthread_create(
            &handle,
            &attributes,
            { argument in
                // Safe: the argument is the line retained below for this thread alone, which takes the reference over.
                if let argument = unsafe argument {
                    unsafe Unmanaged<Line>.fromOpaque(argument).takeRetainedValue().work()
                }
                return nil
            },
            argument.toOpaque()
        )
        guard code == 0 else {
            // Safe: no thread was made, so the reference is still ours to give back.
            unsafe argument.release()
            throw EngineError(.outOfResources, subject: "a worker thread", found: "pthread_create gave \(code)")
        }
        return handle
    }
}

/// What waits for the threads, in order.
private final class Line: Sendable {
    private struct State {
        var work = FIFOQueue<@Sendable () -> Void>()
        var isClosed = false
    }

    private let state = Mutex(State())
    private let news = DispatchSemaphore(value: 0)

    func append(_ work: @escaping @Sendable () -> Void) {
        state.withLock { $0.work.append(work) }
        news.signal()
    }

    func close() {
        state.withLock { $0.isClosed = true }
        news.signal()
    }

    /// Does each piece in turn until the line is closed and empty; the thread's whole life.
    func work() {
        while true {
            news.wait()
            let (piece, isOver) = state.withLock { state in
                state.work.isEmpty ? (nil, state.isClosed) : (state.work.popFirst(), false)
            }
            piece?()
            if isOver {
                // The next thread hears of the end from this one.
                news.signal()
                return
            }
        }
    }
}

/// One task's place in the line: it is called once, to begin or to leave.
private final class Ticket: Sendable {
    enum Call { case begin, leave }

    private enum State {
        case new
        case waiting(@Sendable (Call) -> Void)
        case called
    }

    private let state = Mutex(State.new)

    /// Says what happens at the call; at once, and to leave, where that call came first.
    func wait(_ answer: @escaping @Sendable (Call) -> Void) {
        let isLate = state.withLock { state in
            guard case .new = state else { return true }
            state = .waiting(answer)
            return false
        }
        if isLate { answer(.leave) }
    }

    /// Calls the ticket; does nothing where it was called before.
    func call(_ call: Call) {
        let answer: (@Sendable (Call) -> Void)? = state.withLock { state in
            defer { state = .called }
            guard case .waiting(let answer) = state else { return nil }
            return answer
        }
        answer?(call)
    }
}
