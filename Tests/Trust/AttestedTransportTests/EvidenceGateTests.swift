import NIOCore
import Testing

@testable import AttestedTransport

/// A flood of challenges from one address, and clients at others.
@Suite struct EvidenceGateTests {
    private static func address(_ text: String) throws -> ClientAddress {
        ClientAddress(try SocketAddress(ipAddress: text, port: 1))
    }

    @Test func `a flood from one address leaves another its answers, second after second`() throws {
        let (flooder, other) = (try Self.address("127.0.0.2"), try Self.address("127.0.0.3"))
        let start = ContinuousClock.now
        var gate = EvidenceGate(EvidenceRateLimiter.Limits(), now: start)
        for second in 0..<60 {
            let now = start + .seconds(second)
            var answers = 0
            for _ in 0..<1000 where gate.admit(flooder, at: now) == .answer {
                answers += 1
                gate.finish(flooder)
            }
            #expect((1...15).contains(answers), "of 20 a second")
            for _ in 0..<5 {
                #expect(gate.admit(other, at: now) == .answer)
                gate.finish(other)
            }
        }
    }

    @Test func `answers in progress for one address leave a place for another`() throws {
        let (flooder, other) = (try Self.address("127.0.0.2"), try Self.address("127.0.0.3"))
        let now = ContinuousClock.now
        var gate = EvidenceGate(EvidenceRateLimiter.Limits(), now: now)
        let admitted = (0..<20).filter { _ in gate.admit(flooder, at: now) == .answer }.count
        #expect(admitted == 6)
        #expect(gate.admit(other, at: now) == .answer)
    }

    @Test func `many addresses are forgotten, and limited as a whole`() throws {
        let start = ContinuousClock.now
        var gate = EvidenceGate(EvidenceRateLimiter.Limits(), now: start)
        for number in 0..<10_000 {
            let address = try Self.address("10.0.\(number / 256).\(number % 256)")
            let now = start + .milliseconds(number * 100)
            #expect(gate.admit(address, at: now) == .answer)
            gate.finish(address)
        }
    }
}
