import CGuest
import GuestInterface

/// Sets the guest's clock, which serves logs and is only a first guess for certificate validity.
///
/// The untrusted host supplies the time: no security decision may depend on it.
enum GuestClock {
    /// Sets the clock to the host's time.
    ///
    /// - Parameter seconds: Seconds since 1970; nil only before the host's start, which demands a time.
    /// - Throws: `guest.clock` where the kernel refuses.
    static func set(_ seconds: UInt64?) throws(GuestError) {
        guard let seconds else { return }
        try SystemCall.result(guest_set_clock(seconds)).orFail(.clock, "the clock")
    }
}
