import CGuest
import GuestInterface

/// The guest's clock, for logs and for certificates' dates as a first guess.
///
/// Whoever runs the machine sets it: nothing may rest on it that a wrong clock could break.
enum GuestClock {
    /// Sets the clock to what the host said, where it said something.
    ///
    /// - Throws: `guest.clock` where the kernel refuses.
    static func set(_ seconds: UInt64?) throws(GuestError) {
        guard let seconds else { return }
        try SystemCall.result(guest_set_clock(seconds)).orFail(.clock, "the clock")
    }
}
