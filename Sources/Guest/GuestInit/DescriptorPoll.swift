import CGuest

/// Waits on file descriptors and timeouts with poll(2).
enum DescriptorPoll {
    /// A poll event mask: requested events and returned events.
    struct Interest: OptionSet {
        let rawValue: Int16
        static let readable = Interest(rawValue: Int16(guest_readable))
        static let writable = Interest(rawValue: Int16(guest_writable))
        static let hungUp = Interest(rawValue: Int16(guest_hung_up))
    }

    /// Waits until one of at most 64 descriptors is ready, or the timeout expires.
    ///
    /// - Returns: The ready events of each descriptor, in the same order; all empty after a timeout.
    static func wait(_ wanted: [(descriptor: Int32, interest: Interest)], milliseconds: Int32) -> [Interest] {
        let files = wanted.map(\.descriptor)
        let interests = wanted.map(\.interest.rawValue)
        var found = [Int16](repeating: 0, count: wanted.count)
        // Safe: the three arrays have the length that is passed, and the call keeps none of them.
        _ = unsafe guest_wait(files, interests, &found, wanted.count, milliseconds)
        return found.map(Interest.init(rawValue:))
    }

    /// Sleeps for a time.
    static func pause(milliseconds: Int32) {
        _ = wait([], milliseconds: milliseconds)
    }
}
