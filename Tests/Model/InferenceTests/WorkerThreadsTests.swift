import Dispatch
import Foundation
import Inference
import Synchronization
import Testing

struct WorkerThreadsTests {
    @Test func `does its work on one thread, in order`() async throws {
        let thread = try WorkerThreads()
        var threads: Set<UInt> = []
        for _ in 0..<100 { threads.insert(try await thread.run { pthread_self() }) }
        #expect(threads.count == 1)
    }

    @Test func `hands on what the work throws`() async throws {
        let thread = try WorkerThreads()
        let error = await #expect(throws: EngineError.self) {
            try await thread.run { throw EngineError(.runFailed, subject: "work") }
        }
        #expect(error?.code == .runFailed)
    }

    @Test func `lets a cancelled task leave at once, without its work`() async throws {
        let thread = try WorkerThreads()
        let (hasBegun, mayEnd) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let first = Task {
            try await thread.run {
                hasBegun.signal()
                mayEnd.wait()
                return 1
            }
        }
        let wasDone = Mutex(false)
        await Task.detached { wait(for: hasBegun) }.value
        let waiting = Task { try await thread.run { wasDone.withLock { $0 = true } } }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        mayEnd.signal()
        #expect(try await first.value == 1)
        _ = try await thread.run { 0 }
        #expect(wasDone.withLock { $0 } == false)
    }

    @Test func `does not begin for a task that was cancelled before it asked`() async throws {
        let thread = try WorkerThreads()
        let task = Task {
            // Safe: the task is used within the closure only.
            unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
            return try await thread.run { 1 }
        }
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func `goes to its end when cancelled in the middle`() async throws {
        let thread = try WorkerThreads()
        let (hasBegun, mayEnd) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let task = Task {
            try await thread.run {
                hasBegun.signal()
                mayEnd.wait()
                return 1
            }
        }
        await Task.detached { wait(for: hasBegun) }.value
        task.cancel()
        mayEnd.signal()
        #expect(try await task.value == 1)
    }

    @Test func `runs tasks that prefer it on its own thread, before and after their waits`() async throws {
        let thread = try WorkerThreads()
        let own = try await thread.run { currentThread() }
        let task = Task(executorPreference: thread) {
            let before = currentThread()
            let inside = try await thread.run { currentThread() }
            return [before, inside, currentThread()]
        }
        #expect(try await task.value == [own, own, own])
        #expect(await Task { currentThread() }.value != own)
    }

    @Test func `ends with the task that prefers it, too`() async throws {
        for _ in 0..<200 {
            let task = Task(executorPreference: try WorkerThreads()) { await Task.yield() }
            await task.value
        }
    }

    @Test func `ends with its last reference, wherever that is dropped`() async throws {
        for _ in 0..<200 {
            let thread = try WorkerThreads()
            _ = try await thread.run { 1 }
        }
        // The work itself holds the last reference here, so the thread ends itself.
        for _ in 0..<200 {
            let box = Mutex<WorkerThreads?>(try WorkerThreads())
            let thread = try #require(box.withLock { $0 })
            _ = try await thread.run { box.withLock { $0 = nil } }
        }
    }
}

private func currentThread() -> UInt {
    UInt(pthread_self())
}

/// Waits where blocking is allowed: the test's own detached task.
private func wait(for semaphore: DispatchSemaphore) {
    semaphore.wait()
}
