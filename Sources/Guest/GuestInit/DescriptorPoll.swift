import CGuest

/// Waiting for descriptors and for time.
enum DescriptorPoll {
    /// What is looked for on a descriptor.
    struct Interest: OptionSet {
        let rawValue: Int16
        static let readable = Interest(rawValue: Int16(guest_readable))
        static let writable = Interest(rawValue: Int16(guest_writable))
        static let hungUp = Interest(rawValue: Int16(guest_hung_up))
    }

    /// Waits until one of up to 64 descriptors is as wanted, or time is up.
    ///
    /// - Returns: How each descriptor is, in the same order.
    static func wait(_ wanted: [(descriptor: Int32, interest: Interest)], milliseconds: Int32) -> [Interest] {
        let files = wanted.map(\.descriptor)
        let interests = wanted.map(\.interest.rawValue)
        var found = [Int16](repeating: 0, count: wanted.count)
        // Safe: the three arrays have the length that the call is told, and it keeps none of them.
        _ = unsafe guest_wait(files, interests, &found, wanted.count, milliseconds)
        return found.map(Interest.init(rawValue:))
    }

    /// Waits for time alone.
    static func pause(milliseconds: Int32) {
        _ = wait([], milliseconds: milliseconds)
    }
}
