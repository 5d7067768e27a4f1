package import NIOCore
import Synchronization

/// The places for a server's connections: one address gets three quarters of them, and an eighth is for proven ones alone.
///
/// A flood from one address leaves a quarter to the others. One from many addresses fills what is for unproven connections,
/// until their times are over; it takes no place of a connection that has been given evidence.
package final class ConnectionPlaces: Sendable {
    /// The place of one connection, until its channel is closed.
    package final class Place: Sendable {
        private let places: ConnectionPlaces
        private let address: ClientAddress
        private let isProven = Mutex(false)

        fileprivate init(_ places: ConnectionPlaces, _ address: ClientAddress) {
            self.places = places
            self.address = address
        }

        /// Counts the connection among the proven ones from now on.
        package func prove() {
            let isNew = isProven.withLock { isProven in
                defer { isProven = true }
                return !isProven
            }
            if isNew { places.state.withLock { $0.unproven -= 1 } }
        }

        /// Gives the place back.
        func leave() {
            let wasProven = isProven.withLock { isProven in
                defer { isProven = true }
                return isProven
            }
            places.state.withLock { state in
                state.open -= 1
                if !wasProven { state.unproven -= 1 }
                let others = (state.byAddress[address] ?? 1) - 1
                state.byAddress[address] = others == 0 ? nil : others
            }
        }
    }

    private struct State {
        var (open, unproven) = (0, 0)
        var byAddress: [ClientAddress: Int] = [:]
    }

    private let limit: Int
    private let state = Mutex(State())

    /// Makes free places.
    ///
    /// - Parameter limit: How many connections may be open.
    package init(_ limit: Int) {
        self.limit = limit
    }

    /// How many connections are open.
    package var count: Int { state.withLock { $0.open } }

    /// Takes a place for a connection until it is closed.
    ///
    /// - Parameter channel: The connection.
    /// - Returns: nil where there is none left for it; the caller closes it.
    package func take(for channel: any Channel) -> Place? {
        guard let place = take(for: ClientAddress(channel.remoteAddress)) else { return nil }
        channel.closeFuture.whenComplete { _ in place.leave() }
        return place
    }

    /// Takes a place that its holder gives back by ``Place/leave()``.
    func take(for address: ClientAddress) -> Place? {
        let isAdmitted = state.withLock { state in
            let own = state.byAddress[address] ?? 0
            guard state.open < limit, state.unproven < limit - limit / 8, own < limit - limit / 4 else { return false }
            state.open += 1
            state.unproven += 1
            state.byAddress[address] = own + 1
            return true
        }
        return isAdmitted ? Place(self, address) : nil
    }
}
