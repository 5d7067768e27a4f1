import CGuest
import Glibc
import GuestInterface

/// The log output of process 1: the serial console of a debug package, discarded otherwise.
enum Console {
    case silent
    case serial(SystemFile)

    /// Redirects this process's standard streams to `/dev/console`, or to `/dev/null` without debug.
    ///
    /// - Throws: `guest.plan` where the device cannot be opened or the streams cannot be redirected.
    static func open(isDebug: Bool) throws(GuestError) -> Console {
        let path = isDebug ? "/dev/console" : "/dev/null"
        let file = try SystemFile.open(path, O_RDWR | O_NOCTTY).orFail(.plan, path)
        try SystemCall.result(guest_redirect_output(file.number)).orFail(.plan, path)
        guard isDebug else { return .silent }
        let console = Console.serial(file)
        console.say("DEBUG package: its host can read everything")
        return console
    }

    /// The file for the application's output; nil discards it.
    var output: SystemFile? {
        switch self {
        case .silent: nil
        case .serial(let file): file
        }
    }

    /// Writes one line to the console; does nothing without debug.
    func say(_ text: String) {
        _ = output?.write("adyton-init: \(text)\n".utf8)
    }

    /// Waits until the serial port has sent its queued output, which a power-off would discard.
    ///
    /// - Parameter milliseconds: The longest wait for the driver's queue.
    func drain(milliseconds: UInt64) {
        output?.drainOutput(milliseconds: milliseconds)
    }
}
