import Diagnostics
import Testing

@testable import ModelRuntime

@Suite struct BatchQueueTests {
    typealias Queue = BatchQueue<Int>

    /// The time that the tests give from outside.
    private static let start = ContinuousClock.now

    private static func after(_ milliseconds: Int) -> ContinuousClock.Instant {
        start + .milliseconds(milliseconds)
    }

    private static func queue(
        batch: Int = 4,
        waiting: Int = 100,
        delay: Int = 10,
        maximumReturn: Int = 0,
        limit: Int = 1000
    ) -> Queue {
        Queue(
            limits: Queue.Limits(
                maximumBatch: batch,
                maximumWaiting: waiting,
                maximumDelay: .milliseconds(delay),
                maximumReturn: .milliseconds(maximumReturn),
                runLimit: .milliseconds(limit)
            )
        )
    }

    @Test func `runs a lone request at once`() throws {
        var queue = Self.queue()
        let first = try queue.add(1, at: Self.start)
        #expect(first?.batch?.items == [1])
        #expect(queue.finish(try #require(first?.batch?.number), at: Self.after(5)).batch == nil)
        #expect(try queue.add(2, at: Self.after(6))?.batch?.items == [2])
    }

    @Test func `runs together what came while it was busy, in order and up to the bound`() throws {
        var queue = Self.queue(batch: 3)
        var number = try #require(try queue.add(0, at: Self.start)?.batch?.number)
        for item in 1...5 {
            #expect(try queue.add(item, at: Self.after(item))?.batch == nil)
        }
        let second = queue.finish(number, at: Self.after(10)).batch
        #expect(second?.items == [1, 2, 3])
        number = try #require(second?.number)
        let third = queue.finish(number, at: Self.after(20)).batch
        #expect(third?.items == [4, 5])
        #expect(queue.finish(try #require(third?.number), at: Self.after(30)).batch == nil)
        #expect(queue.isIdle)
    }

    @Test func `counts rows, and lets nobody overtake one that does not fit`() throws {
        var queue = Self.queue(batch: 4)
        let number = try #require(try queue.add(0, at: Self.start)?.batch?.number)
        for (item, rows) in [(1, 3), (2, 2), (3, 1)] {
            _ = try queue.add(item, rows: rows, at: Self.after(item))
        }
        let second = try #require(queue.finish(number, at: Self.after(10)).batch)
        #expect(second.items == [1] && second.rows == 3)
        #expect(queue.finish(second.number, at: Self.after(20)).batch?.items == [2, 3])
    }

    @Test func `runs a smaller priority first, and different groups apart`() throws {
        var queue = Self.queue(batch: 4)
        var number = try #require(try queue.add(0, at: Self.start)?.batch?.number)
        _ = try queue.add(1, priority: 5, at: Self.after(1))
        _ = try queue.add(2, priority: 2, group: 2, at: Self.after(2))
        _ = try queue.add(3, priority: 2, group: 1, at: Self.after(3))
        _ = try queue.add(4, priority: 7, group: 2, at: Self.after(4))
        var order: [[Int]] = []
        while let batch = queue.finish(number, at: Self.after(10)).batch {
            order.append(batch.items)
            number = batch.number
        }
        #expect(order == [[2, 4], [3, 1]])
    }

    @Test func `holds an idle engine for what is being prepared, but not for long`() throws {
        var queue = try Self.warm(Self.queue(delay: 10))
        let slow = try queue.announce(priority: 4, group: BatchGroup(engines: 1), deadline: nil)
        #expect(try queue.add(1, at: Self.after(100))?.batch == nil)
        #expect(queue.nextStep == Self.after(110))
        #expect(queue.step(at: Self.after(109)).batch == nil)
        #expect(queue.step(at: Self.after(110)).batch?.items == [1])
        #expect(queue.submit(2, rows: 1, as: slow, at: Self.after(120))?.batch == nil)
    }

    @Test func `begins as soon as nothing more is being prepared, or the batch is full`() throws {
        var queue = try Self.warm(Self.queue(batch: 2))
        let second = try queue.announce(priority: 4, group: BatchGroup(engines: 1), deadline: nil)
        #expect(try queue.add(1, at: Self.after(100))?.batch == nil)
        let batch = try #require(queue.submit(2, rows: 1, as: second, at: Self.after(101))?.batch)
        #expect(batch.items == [1, 2])
        _ = queue.finish(batch.number, at: Self.after(200))
        let third = try queue.announce(priority: 4, group: BatchGroup(engines: 1), deadline: nil)
        #expect(try queue.add(4, at: Self.after(201))?.batch == nil)
        // The one that was to come failed to decode.
        #expect(queue.withdraw(third, at: Self.after(202)).step.batch?.items == [4])
    }

    @Test func `never holds the engine longer than half of what the last run took`() throws {
        var queue = try Self.warm(Self.queue(delay: 1000), taking: 8)
        _ = try queue.announce(priority: 4, group: BatchGroup(engines: 1), deadline: nil)
        #expect(try queue.add(1, at: Self.after(100))?.batch == nil)
        #expect(queue.nextStep == Self.after(104))
    }

    @Test func `waits an instant after a run for clients to ask again, and then for what they ask`() throws {
        var queue = try Self.warm(Self.queue(delay: 20, maximumReturn: 3), taking: 48)
        let number = try #require(try queue.add(0, at: Self.after(100))?.batch?.number)
        _ = try queue.add(1, at: Self.after(101))
        #expect(queue.finish(number, at: Self.after(148)).batch == nil)
        #expect(queue.nextStep == Self.after(151))
        // The one that was answered is back, and its image is being decoded.
        let second = try queue.announce(priority: 4, group: BatchGroup(engines: 1), deadline: nil)
        #expect(queue.step(at: Self.after(151)).batch == nil)
        #expect(queue.nextStep == Self.after(168))
        #expect(queue.submit(2, rows: 1, as: second, at: Self.after(155))?.batch?.items == [1, 2])
    }

    @Test func `waits no longer than that, nor after a short run, nor with a newcomer`() throws {
        var queue = try Self.warm(Self.queue(maximumReturn: 3), taking: 48)
        var number = try #require(try queue.add(0, at: Self.after(100))?.batch?.number)
        _ = try queue.add(1, at: Self.after(101))
        _ = queue.finish(number, at: Self.after(148))
        number = try #require(queue.step(at: Self.after(151)).batch?.number)
        #expect(queue.finish(number, at: Self.after(156)).batch == nil)
        let batch = try #require(try queue.add(2, at: Self.after(157))?.batch)
        #expect(batch.items == [2])
        // That run takes 5 ms, and a sixteenth of it is not worth a timer.
        _ = try queue.add(3, at: Self.after(158))
        #expect(queue.finish(batch.number, at: Self.after(162)).batch?.items == [3])
    }

    @Test func `holds nothing until its deadline has passed`() throws {
        var queue = try Self.warm(Self.queue(delay: 40), taking: 50)
        _ = try queue.announce(priority: 4, group: BatchGroup(engines: 1), deadline: nil)
        #expect(try queue.add(1, deadline: Self.after(120), at: Self.after(100))?.batch == nil)
        #expect(queue.nextStep == Self.after(118))
        let step = queue.step(at: Self.after(118))
        #expect(step.batch?.items == [1] && step.expired.isEmpty)
    }

    @Test func `lets go of what waits, and of nothing that runs`() throws {
        var queue = Self.queue()
        let running = try queue.announce(priority: 4, group: BatchGroup(engines: 1), deadline: nil)
        let number = try #require(queue.submit(0, rows: 1, as: running, at: Self.start)?.batch?.number)
        let waiting = try queue.announce(priority: 4, group: BatchGroup(engines: 1), deadline: nil)
        _ = queue.submit(1, rows: 1, as: waiting, at: Self.start)
        #expect(queue.withdraw(running, at: Self.after(1)).item == nil)
        #expect(queue.withdraw(waiting, at: Self.after(1)).item == 1)
        #expect(queue.withdraw(waiting, at: Self.after(1)).item == nil)
        #expect(queue.finish(number, at: Self.after(2)).batch == nil)
    }

    @Test func `does not take what left while it was being prepared`() throws {
        var queue = Self.queue()
        let ticket = try queue.announce(priority: 4, group: BatchGroup(engines: 1), deadline: nil)
        #expect(queue.withdraw(ticket, at: Self.start).item == nil)
        #expect(queue.submit(1, rows: 1, as: ticket, at: Self.start) == nil)
        #expect(queue.isIdle && queue.preparingCount == 0)
    }

    @Test func `refuses one more than may wait, and says when it is worth to try again`() throws {
        var queue = try Self.warm(Self.queue(batch: 2, waiting: 3), taking: 40)
        let number = try #require(try queue.add(0, at: Self.after(100))?.batch?.number)
        for item in 1...3 { _ = try queue.add(item, at: Self.after(101)) }
        #expect(throws: Queue.Refusal.full(retryAfter: .milliseconds(80))) {
            try queue.announce(priority: 1, group: BatchGroup(engines: 1), deadline: nil)
        }
        _ = queue.finish(number, at: Self.after(140))
        #expect(throws: Never.self) { try queue.announce(priority: 1, group: BatchGroup(engines: 1), deadline: nil) }
    }

    @Test func `counts those that are being prepared among those that wait`() throws {
        var queue = Self.queue(waiting: 1)
        _ = try queue.announce(priority: 4, group: BatchGroup(engines: 1), deadline: nil)
        #expect(throws: Queue.Refusal.full(retryAfter: .zero)) {
            try queue.announce(priority: 4, group: BatchGroup(engines: 1), deadline: nil)
        }
    }

    @Test func `does not run what is too late, and says so when it is`() throws {
        var queue = Self.queue()
        let number = try #require(try queue.add(0, at: Self.start)?.batch?.number)
        _ = try queue.add(1, deadline: Self.after(50), at: Self.after(1))
        _ = try queue.add(2, deadline: Self.after(20), at: Self.after(2))
        _ = try queue.add(3, at: Self.after(3))
        #expect(queue.nextStep == Self.after(20))
        #expect(queue.step(at: Self.after(19)).expired.isEmpty)
        #expect(queue.step(at: Self.after(20)).expired == [2])
        let step = queue.finish(number, at: Self.after(50))
        #expect(step.expired == [1])
        #expect(step.batch?.items == [3])
    }

    @Test func `gives up a run that does not end, with all that wait, and takes nothing more`() throws {
        var queue = Self.queue(limit: 1000)
        let preparing = try queue.announce(priority: 4, group: BatchGroup(engines: 1), deadline: nil)
        let number = try #require(try queue.add(0, at: Self.start)?.batch?.number)
        _ = try queue.add(1, at: Self.after(1))
        #expect(queue.nextStep == Self.after(1000))
        #expect(queue.step(at: Self.after(999)).givenUp == nil)
        let step = queue.step(at: Self.after(1000))
        #expect(step.givenUp == number && step.abandoned == [1])
        #expect(queue.isStalled)
        #expect(throws: Queue.Refusal.stalled) {
            try queue.announce(priority: 4, group: BatchGroup(engines: 1), deadline: nil)
        }
        #expect(queue.submit(2, rows: 1, as: preparing, at: Self.after(1012))?.abandoned == [2])
        // It ended after all.
        _ = queue.finish(number, at: Self.after(5000))
        #expect(try queue.add(3, at: Self.after(5001))?.batch?.items == [3])
    }

    @Test func `forgets those that left, however many do`() throws {
        var queue = Self.queue(waiting: 10)
        let number = try #require(try queue.add(0, at: Self.start)?.batch?.number)
        for _ in 0..<100_000 {
            let ticket = try queue.announce(
                priority: 4,
                group: BatchGroup(engines: 1),
                deadline: Deadline(in: .seconds(1000), from: Self.start)
            )
            _ = queue.submit(1, rows: 1, as: ticket, at: Self.start)
            _ = queue.withdraw(ticket, at: Self.start)
        }
        #expect(queue.placeCount < 200)
        #expect(queue.finish(number, at: Self.after(1)).batch == nil)
    }

    /// A queue whose last run took a time, idle since the 50th millisecond.
    private static func warm(_ queue: Queue, taking milliseconds: Int = 50) throws -> Queue {
        var queue = queue
        let number = try #require(try queue.add(-1, at: after(50 - milliseconds))?.batch?.number)
        _ = queue.finish(number, at: after(50))
        return queue
    }
}

extension BatchQueue {
    /// Announces a request and hands it in at once.
    fileprivate mutating func add(
        _ item: Item,
        rows: Int = 1,
        priority: Int = 4,
        group: Int = 1,
        deadline: Instant? = nil,
        at now: Instant
    ) throws -> Step? {
        let deadline = deadline.map { Deadline(in: $0 - now, from: now) }
        let ticket = try announce(priority: priority, group: BatchGroup(engines: group), deadline: deadline)
        return submit(item, rows: rows, as: ticket, at: now)
    }
}
