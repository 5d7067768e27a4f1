import CLinux
import Files
import Glibc

/// The control channel of a software TPM, before QEMU takes it over (swtpm(8), swtpm_ioctls(3)).
struct TpmControl {
    /// The timeout of a response, in milliseconds.
    static let limitInMilliseconds: Int32 = 10_000

    private enum Command: UInt32 {
        case initialize = 2
        case stop = 14
        case setDataFile = 16
    }

    let channel: MachineFile

    /// Initializes the TPM, as power-on does.
    ///
    /// - Returns: The command channel; closing it releases the TPM for QEMU.
    /// - Throws: `machine.tpm-refused`.
    func powerOn() throws(MachineError) -> TpmSocket {
        let (ours, theirs) = try MachineFile.socketPair()
        try send(.setDataFile, file: theirs)
        try send(.initialize, [0, 0, 0, 0])
        return TpmSocket(file: ours)
    }

    /// Resets the TPM's volatile state.
    ///
    /// - Throws: `machine.tpm-refused`.
    func powerOff() throws(MachineError) {
        try send(.stop)
    }

    private func send(_ command: Command, _ parameters: [UInt8] = [], file: MachineFile? = nil) throws(MachineError) {
        let bytes = (0..<4).reversed().map { UInt8(truncatingIfNeeded: command.rawValue >> (8 * $0)) } + parameters
        let sent: Int
        if let file {
            // Safe: the bytes are ours, and their own count is passed; the file outlives the call.
            sent = withExtendedLifetime(file) {
                unsafe linux_send_file(channel.number, bytes, bytes.count, file.number)
            }
        } else {
            sent = channel.send(bytes) ?? -1
        }
        guard sent == bytes.count else { throw MachineError.system("the software TPM", code: .tpmRefused) }
        guard let answer = channel.receive(exactly: 4, within: Self.limitInMilliseconds), answer == [0, 0, 0, 0] else {
            throw MachineError(
                .tpmRefused,
                subject: "the software TPM's control channel",
                expected: "an answer to \(command)",
                found: "another or none"
            )
        }
    }
}

extension OpenFile where Failure == MachineError {
    /// Reads a number of bytes from a socket; nil after a timeout.
    func receive(exactly count: Int, within milliseconds: Int32) -> [UInt8]? {
        var bytes: [UInt8] = []
        let end = Supervisor.now + Double(milliseconds) / 1000
        while bytes.count < count {
            let left = end - Supervisor.now
            guard left > 0 else { return nil }
            var item = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
            // Safe: one item of our own is passed.
            _ = unsafe poll(&item, 1, Int32(left * 1000) + 1)
            switch receive(atMost: count - bytes.count) {
            case .nothing: continue
            case .closed: return nil
            case .bytes(let more): bytes += more
            }
        }
        return bytes
    }
}
