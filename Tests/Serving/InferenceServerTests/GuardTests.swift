import HTTPTypes
import Testing

@testable import InferenceServer

@Suite struct AdmissionTests {
    @Test func `refuses one more than its limit, and takes another when one is done`() async throws {
        let admission = ConcurrencyLimiter(limit: 2)
        try await admission.withPermit {
            try await admission.withPermit {
                #expect(admission.count == 2)
                await #expect(throws: ServiceError(.tooManyRequests, expected: "at most 2 at a time")) {
                    try await admission.withPermit { Issue.record("it must not run") }
                }
            }
            try await admission.withPermit {}
        }
        #expect(admission.count == 0)
    }

    @Test func `gives the place back when the work fails`() async {
        let admission = ConcurrencyLimiter(limit: 1)
        await #expect(throws: CancellationError.self) {
            try await admission.withPermit { throw CancellationError() }
        }
        #expect(admission.count == 0)
    }
}

@Suite struct DeadlineTests {
    @Test func `gives the result of work that is in time`() async throws {
        #expect(try await withDeadline(.seconds(60)) { 7 } == 7)
    }

    @Test func `cancels work that is not`() async {
        let error = await #expect(throws: ServiceError.self) {
            try await withDeadline(.milliseconds(20)) { try await Task.sleep(for: .seconds(60)) }
        }
        #expect(error?.code == .deadlineExceeded)
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
