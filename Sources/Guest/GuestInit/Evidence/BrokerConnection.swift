import GuestInterface

/// The state machine of one broker connection, without I/O: parses requests and buffers responses.
///
/// ``EvidenceBroker`` owns the socket, passes received bytes in, and sends ``toSend``.
struct BrokerConnection {
    /// The timeout for receiving a request and for sending a response, in milliseconds.
    static let limit: UInt64 = 10_000

    /// The connection's state.
    private enum State {
        case reading(received: [UInt8], since: UInt64?)
        case asking(EvidenceRequest)
        case answering(rest: ArraySlice<UInt8>, since: UInt64, isLast: Bool)
        case ended
    }

    private var state = State.reading(received: [], since: nil)

    /// Whether the connection reads now; false while a request is handled, so that at most one is pending.
    var wantsBytes: Bool {
        if case .reading = state { true } else { false }
    }

    /// Whether the connection is finished and can be closed.
    var isEnded: Bool {
        if case .ended = state { true } else { false }
    }

    /// The parsed request that has no answer yet.
    var request: EvidenceRequest? {
        if case .asking(let request) = state { request } else { nil }
    }

    /// The bytes to send; empty where there are none.
    var toSend: ArraySlice<UInt8> {
        if case .answering(let rest, _, _) = state { rest } else { [] }
    }

    /// Appends received bytes and parses a request once it is complete.
    mutating func take(_ bytes: [UInt8], now: UInt64) {
        guard case .reading(let received, let since) = state else { return }
        proceed(received + bytes, since: since ?? now, now: now)
    }

    /// Handles end of file: the peer sends no more bytes.
    mutating func endOfBytes() {
        if case .reading = state { state = .ended }
    }

    /// Sets the answer to ``request``.
    mutating func answer(_ answer: EvidenceResponse, now: UInt64) {
        guard case .asking = state else { return }
        state = .answering(rest: answer.bytes[...], since: now, isLast: false)
    }

    /// Records how many bytes of ``toSend`` were sent; nil where the peer has disconnected.
    mutating func sent(_ count: Int?, now: UInt64) {
        guard case .answering(let rest, let since, let isLast) = state else { return }
        guard let count else {
            state = .ended
            return
        }
        let left = rest.dropFirst(count)
        guard left.isEmpty else {
            state = .answering(rest: left, since: count > 0 ? now : since, isLast: isLast)
            return
        }
        state = isLast ? .ended : .reading(received: [], since: nil)
    }

    /// Ends the connection where a request or response has exceeded its timeout.
    mutating func passTime(now: UInt64) {
        switch state {
        case .reading(_, .some(let since)), .answering(_, let since, _):
            if now >= since + Self.limit { state = .ended }
        case .reading, .asking, .ended: break
        }
    }

    private mutating func proceed(_ bytes: [UInt8], since: UInt64, now: UInt64) {
        var received = bytes
        do throws(BrokerFailure) {
            guard let frame = try BrokerFrame.next(from: &received, maximum: BrokerFrame.maximumRequestLength) else {
                state = .reading(received: received, since: since)
                return
            }
            // Pipelining is refused: a client sends its next request after the response.
            guard received.isEmpty else { throw .malformed }
            state = .asking(try EvidenceRequest(frame))
        } catch {
            state = .answering(rest: EvidenceResponse.failure(error).bytes[...], since: now, isLast: true)
        }
    }
}
