import CGuest
import Glibc
import GuestInterface

/// Where a debug package's lines go; any other package has nowhere for them.
enum Console {
    case silent
    case serial(SystemFile)

    /// Opens the console, or closes what the kernel opened.
    ///
    /// - Throws: `guest.plan` where this process's own output cannot be turned that way.
    static func open(isDebug: Bool) throws(GuestError) -> Console {
        let path = isDebug ? "/dev/console" : "/dev/null"
        let file = try SystemFile.open(path, O_RDWR | O_NOCTTY).orFail(.plan, path)
        try SystemCall.result(guest_redirect_output(file.number)).orFail(.plan, path)
        guard isDebug else { return .silent }
        let console = Console.serial(file)
        console.say("DEBUG package: its host can read everything")
        return console
    }

    /// Where the application writes; nil for nowhere.
    var output: SystemFile? {
        switch self {
        case .silent: nil
        case .serial(let file): file
        }
    }

    /// Writes a line, where there is anybody to read it.
    func say(_ text: String) {
        _ = output?.write("adyton-init: \(text)\n".utf8)
    }

    /// Gives the serial port a last while to put out what waits, which a power-off would cut short.
    func drain(milliseconds: UInt64) {
        guard let output else { return }
        let deadline = guest_uptime() + milliseconds
        while guest_output_left(output.number) > 0 {
            guard guest_uptime() < deadline else { return }
            DescriptorPoll.pause(milliseconds: 5)
        }
        // The driver is empty, and the few bytes of the port's own queue are left.
        tcdrain(output.number)
    }
}
