import AttestedTransport
import NIOCore
import Testing

@testable import InferenceServer

/// How the bytes of bodies are shared out.
@Suite struct ByteBudgetTests {
    private static func address(_ text: String) throws -> ClientAddress {
        ClientAddress(try SocketAddress(ipAddress: text, port: 1))
    }

    @Test func `one address gets three quarters, and another the rest`() throws {
        let budget = ByteBudget(limit: 100)
        let greedy = budget.reservation(for: try Self.address("127.0.0.2"))
        let more = budget.reservation(for: try Self.address("127.0.0.2"))
        #expect(greedy.take(70) && !more.take(6) && more.take(5))
        let other = budget.reservation(for: try Self.address("127.0.0.1"))
        #expect(!other.fits(26) && other.take(25) && !other.take(1))
        #expect(budget.count == 100)
    }

    @Test func `bytes are given back once, at the latest when the request is released`() throws {
        let budget = ByteBudget(limit: 100)
        do {
            let reservation = budget.reservation(for: try Self.address("10.0.0.1"))
            #expect(reservation.take(40))
            reservation.give(30)
            reservation.give(30)
            #expect(budget.count == 0)
            #expect(reservation.take(75))
        }
        #expect(budget.count == 0)
    }

    @Test func `an IPv6 network of 64 bits is one address, and a mapped IPv4 address is that address`() throws {
        #expect(try Self.address("2001:db8:1:2::1") == Self.address("2001:db8:1:2:ffff::9"))
        #expect(try Self.address("2001:db8:1:2::1") != Self.address("2001:db8:1:3::1"))
        #expect(try Self.address("::ffff:10.0.0.1") == Self.address("10.0.0.1"))
        #expect(try Self.address("2001:db8::1") == Self.address("2001:db8:0:0:1::"))
        #expect(try Self.address("10.0.0.2") != Self.address("10.0.0.1"))
    }
}
