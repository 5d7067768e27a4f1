package import AttestedTransport
import Synchronization

/// Limits the bytes that the bodies of all requests hold together, over all connections of HTTP and gRPC.
///
/// Bytes are taken as they arrive, before they are collected, and given back when the request is answered. One address
/// may hold three quarters, so a flood from one address leaves room for the others.
package final class ByteBudget: Sendable {
    private struct State {
        var total = 0
        var byAddress: [ClientAddress: Int] = [:]
    }

    /// The most bytes that all bodies may hold together.
    package let limit: Int
    private let limitOfAddress: Int
    private let state = Mutex(State())

    /// Makes an unused budget.
    ///
    /// - Parameter limit: The most bytes.
    package init(limit: Int) {
        self.limit = limit
        limitOfAddress = limit - limit / 4
    }

    /// How many bytes are held now.
    package var count: Int { state.withLock { $0.total } }

    /// Makes a reservation without bytes for one request.
    ///
    /// - Parameter address: The client's address.
    /// - Returns: The reservation.
    package func reservation(for address: ClientAddress) -> Reservation {
        Reservation(self, address)
    }

    private func room(_ state: borrowing State, for address: ClientAddress) -> Int {
        min(limit - state.total, limitOfAddress - (state.byAddress[address] ?? 0))
    }

    private func take(_ count: Int, for address: ClientAddress) -> Bool {
        state.withLock { state in
            guard count <= room(state, for: address) else { return false }
            state.total += count
            state.byAddress[address, default: 0] += count
            return true
        }
    }

    private func give(_ count: Int, of address: ClientAddress) {
        state.withLock { state in
            state.total -= count
            let left = (state.byAddress[address] ?? 0) - count
            state.byAddress[address] = left > 0 ? left : nil
        }
    }

    /// The bytes that one request holds; they are given back when it is released.
    package final class Reservation: Sendable {
        private let budget: ByteBudget
        private let address: ClientAddress
        private let count = Mutex(0)

        fileprivate init(_ budget: ByteBudget, _ address: ClientAddress) {
            self.budget = budget
            self.address = address
        }

        deinit {
            giveAll()
        }

        /// The budget's limit.
        package var limit: Int { budget.limit }

        /// Whether so many more bytes are free now.
        ///
        /// - Parameter size: A number of bytes.
        /// - Returns: Whether the budget and the address's share have room for them.
        package func fits(_ size: Int) -> Bool {
            budget.state.withLock { size <= budget.room($0, for: address) }
        }

        /// Takes bytes.
        ///
        /// - Parameter size: How many bytes arrived.
        /// - Returns: Whether there was room; nothing is taken if not.
        package func take(_ size: Int) -> Bool {
            count.withLock { count in
                guard budget.take(size, for: address) else { return false }
                count += size
                return true
            }
        }

        /// Gives some bytes back, at most those that it holds.
        ///
        /// - Parameter size: How many bytes are no longer in use.
        package func give(_ size: Int) {
            count.withLock { count in
                let given = min(size, count)
                guard given > 0 else { return }
                count -= given
                budget.give(given, of: address)
            }
        }

        /// Gives all bytes back.
        package func giveAll() {
            give(.max)
        }
    }
}
