import CGuest
import Glibc
import GuestInterface

/// The first serial port, on which process 1 of a sealed machine writes the code of its failure, and nothing else.
///
/// A rented machine has no control channel, and its host shows this port to the person who rents it. The codes are those of the
/// fixed list ``GuestFailure``: nothing that the application or a client sends gets here. The application has no way to the
/// port: its `/dev` has none, and the kernel has no console.
struct FailurePort {
    private static let path = "/dev/ttyS0"
    private let file: SystemFile

    /// Opens the port, which is gone from `/dev` when the root file system is switched.
    ///
    /// - Returns: nil where the machine has no such port, or one that cannot be set up.
    static func open() -> FailurePort? {
        guard let file = SystemFile.open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK).orNothing else { return nil }
        var settings = termios()
        // Safe: the structure is ours and outlives each call.
        guard unsafe tcgetattr(file.number, &settings) == 0 else { return nil }
        // What the host sends is neither read nor echoed, and its modem lines and flow control decide nothing.
        settings.c_cflag = settings.c_cflag & ~(tcflag_t(CREAD) | tcflag_t(CRTSCTS)) | tcflag_t(CLOCAL)
        settings.c_iflag = 0
        settings.c_lflag = 0
        guard unsafe tcsetattr(file.number, TCSANOW, &settings) == 0 else { return nil }
        return FailurePort(file: file)
    }

    /// Writes the code on a line of its own; a port that takes nothing changes nothing.
    ///
    /// - Parameters:
    ///   - failure: What failed.
    ///   - milliseconds: The longest wait for the port to send it.
    func report(_ failure: GuestFailure, within milliseconds: UInt64) {
        _ = file.write("\nadyton: \(failure.code)\n".utf8)
        file.drainOutput(milliseconds: milliseconds)
    }
}
