import NIOCore
import Testing

@testable import AttestedTransport

@Suite struct ConnectionPlacesTests {
    private static func address(_ text: String) throws -> ClientAddress {
        ClientAddress(try SocketAddress(ipAddress: text, port: 1))
    }

    @Test func `one address gets three quarters, and the rest is for others`() throws {
        let places = ConnectionPlaces(16)
        let (flood, other) = (try Self.address("127.0.0.2"), try Self.address("127.0.0.3"))
        let taken = (0..<32).compactMap { _ in places.take(for: flood) }
        #expect(taken.count == 12)
        let others = (0..<32).compactMap { _ in places.take(for: other) }
        // Two of the sixteen are for proven connections alone.
        #expect(others.count == 2 && places.count == 14)
        taken[0].leave()
        #expect(places.take(for: other) != nil)
        #expect(places.take(for: other) == nil)
    }

    @Test func `a proven connection makes room for a new one, once`() throws {
        let places = ConnectionPlaces(8)
        let addresses = try (0..<8).map { try Self.address("127.0.1.\($0)") }
        let taken = addresses.prefix(7).compactMap { places.take(for: $0) }
        #expect(taken.count == 7)
        #expect(places.take(for: addresses[7]) == nil)
        taken[0].prove()
        taken[0].prove()
        let eighth = places.take(for: addresses[7])
        #expect(eighth != nil && places.count == 8)
        #expect(places.take(for: addresses[7]) == nil)
        // Both kinds are given back as what they are.
        taken[0].leave()
        #expect(places.take(for: addresses[0]) == nil)
        taken[1].prove()
        #expect(places.take(for: addresses[0]) != nil)
    }

    @Test func `places of smaller servers are what they were`() throws {
        let address = try Self.address("127.0.0.1")
        for limit in 1...3 {
            let places = ConnectionPlaces(limit)
            #expect((0..<8).compactMap { _ in places.take(for: address) }.count == limit)
        }
    }
}
