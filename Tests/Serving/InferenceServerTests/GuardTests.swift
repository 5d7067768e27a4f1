import Diagnostics
import HTTPTypes
import Synchronization
import Testing

@testable import InferenceServer

@Suite struct AdmissionTests {
    @Test func `refuses one more than its limit, and takes another when one is done`() async throws {
        let limiter = ConcurrencyLimiter(limit: 2)
        try await limiter.withPermit {
            try await limiter.withPermit {
                #expect(limiter.count == 2)
                await #expect(throws: ServiceError(.tooManyRequests, expected: "at most 2 at a time")) {
                    try await limiter.withPermit { Issue.record("it must not run") }
                }
            }
            try await limiter.withPermit {}
        }
        #expect(limiter.count == 0)
    }

    @Test func `gives the place back when the work fails`() async {
        let limiter = ConcurrencyLimiter(limit: 1)
        await #expect(throws: CancellationError.self) {
            try await limiter.withPermit { throw CancellationError() }
        }
        #expect(limiter.count == 0)
    }
}

@Suite struct DeadlineTests {
    @Test func `gives the result of work that is in time`() async throws {
        let deadline = Deadline(in: .seconds(3600))
        #expect(try await deadline.run(orThrow: ServiceError(deadline)) { 7 } == 7)
        #expect(!deadline.hasPassed && deadline.remaining > .zero && deadline.remaining <= .seconds(3600))
    }

    @Test func `cancels work that is not`() async {
        let deadline = Deadline(in: .milliseconds(20))
        let error = await #expect(throws: ServiceError.self) {
            try await deadline.run(orThrow: ServiceError(deadline)) { try await Task.sleep(for: .seconds(60)) }
        }
        #expect(error?.code == .deadlineExceeded)
        #expect(deadline.hasPassed && deadline.remaining == .zero)
    }

    @Test func `gives a step no more time than the request has`() {
        let request = Deadline(in: .seconds(60))
        #expect(request.within(.seconds(90)) == request)
        #expect(request.within(.seconds(1)).limit == .seconds(1))
    }
}

private final class CallCounter: Sendable {
    private let calls = Atomic(0)

    var count: Int { calls.load(ordering: .relaxed) }

    func note() { calls.add(1, ordering: .relaxed) }
}

@Suite struct ClientConnectionTests {
    @Test func `calls back once when the client disconnects`() {
        let (connection, calls) = (ClientConnection(), CallCounter())
        connection.onDisconnect { calls.note() }
        connection.noteDisconnect()
        connection.noteDisconnect()
        #expect(calls.count == 1)
    }

    @Test func `calls back at once where the client has already disconnected`() {
        let (connection, calls) = (ClientConnection(), CallCounter())
        connection.noteDisconnect()
        connection.onDisconnect { calls.note() }
        #expect(calls.count == 1)
    }

    @Test func `does not call back for a request that is done`() {
        let (connection, calls) = (ClientConnection(), CallCounter())
        connection.onDisconnect { calls.note() }
        connection.removeCallback()
        connection.noteDisconnect()
        #expect(calls.count == 0)
    }
}

@Suite struct ServiceErrorTests {
    @Test(arguments: ServiceError.Code.allCases)
    func `has a status of failure and a sentence for every code`(code: ServiceError.Code) {
        let error = ServiceError(code, expected: "this", found: "that")
        #expect((400...599).contains(error.status.code))
        #expect(error.sentence.hasSuffix("."))
        #expect(code.rawValue.contains("."))
    }
}
