import Testing

@testable import ModelRuntime

@Suite struct BatchQueueTests {
    @Test func `runs a lone item at once`() {
        var queue = BatchQueue<Int>(maximumBatch: 4)
        #expect(queue.enqueue(1, as: queue.makeTicket()) == [1])
        #expect(queue.finish() == nil)
        #expect(queue.enqueue(2, as: queue.makeTicket()) == [2])
    }

    @Test func `runs together what came while it was busy, in order and up to the bound`() {
        var queue = BatchQueue<Int>(maximumBatch: 3)
        #expect(queue.enqueue(0, as: queue.makeTicket()) == [0])
        for item in 1...5 {
            #expect(queue.enqueue(item, as: queue.makeTicket()) == nil)
        }
        #expect(queue.finish() == [1, 2, 3])
        #expect(queue.finish() == [4, 5])
        #expect(queue.finish() == nil)
    }

    @Test func `lets go of what waits, and of nothing that runs`() {
        var queue = BatchQueue<Int>(maximumBatch: 3)
        let running = queue.makeTicket()
        _ = queue.enqueue(0, as: running)
        let waiting = queue.makeTicket()
        _ = queue.enqueue(1, as: waiting)
        #expect(queue.cancel(running) == nil)
        #expect(queue.cancel(waiting) == 1)
        #expect(queue.cancel(waiting) == nil)
        #expect(queue.finish() == nil)
    }
}
