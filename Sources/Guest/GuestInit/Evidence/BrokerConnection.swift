import GuestInterface

/// One connection to the broker, without a socket: bytes go in, requests come out, and answers' bytes.
struct BrokerConnection {
    /// How long a request may take to arrive, and an answer to be taken, in milliseconds.
    static let limit: UInt64 = 10_000

    /// Where the connection stands.
    private enum State {
        case reading(received: [UInt8], since: UInt64?)
        case asking(EvidenceRequest)
        case answering(rest: ArraySlice<UInt8>, since: UInt64, isLast: Bool)
        case ended
    }

    private var state = State.reading(received: [], since: nil)

    /// Whether more bytes are wanted: not while a request is worked on, so one waits at a time.
    var wantsBytes: Bool {
        if case .reading = state { true } else { false }
    }

    /// Whether the connection has served, or has broken a bound.
    var isEnded: Bool {
        if case .ended = state { true } else { false }
    }

    /// The request that waits for its answer.
    var request: EvidenceRequest? {
        if case .asking(let request) = state { request } else { nil }
    }

    /// What is to be sent; empty where nothing is.
    var toSend: ArraySlice<UInt8> {
        if case .answering(let rest, _, _) = state { rest } else { [] }
    }

    /// Takes bytes in.
    mutating func take(_ bytes: [UInt8], now: UInt64) {
        guard case .reading(let received, let since) = state else { return }
        proceed(received + bytes, since: since ?? now, now: now)
    }

    /// The other end will send no more.
    mutating func endOfBytes() {
        if case .reading = state { state = .ended }
    }

    /// Takes the answer to `request`.
    mutating func answer(_ answer: EvidenceAnswer, now: UInt64) {
        guard case .asking = state else { return }
        state = .answering(rest: answer.bytes[...], since: now, isLast: false)
    }

    /// Takes note of how much of `toSend` went; nil where the other end is gone.
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

    /// Ends a connection that is slower than it may be.
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
            // The next request is only sent when this one was answered.
            guard received.isEmpty else { throw .malformed }
            state = .asking(try EvidenceRequest(frame))
        } catch {
            state = .answering(rest: EvidenceAnswer.failure(error).bytes[...], since: now, isLast: true)
        }
    }
}
