import Glibc
import TpmCommands

/// The kernel's TPM device behind its resource manager: each open file has its own keys and sessions.
struct TpmDevice: TpmChannel {
    /// The timeout of one command, in milliseconds.
    private static let limit: Int32 = 20_000

    let file: SystemFile

    func exchange(_ command: [UInt8]) throws(TpmFailure) -> [UInt8] {
        switch file.write(command) {
        case .success(command.count): break
        case .success: throw .channel(EIO)
        case .failure(let failure): throw .channel(failure.number)
        }
        // The device is open with O_NONBLOCK: the driver runs the command in the background and signals readability.
        guard DescriptorPoll.wait([(file.number, .readable)], milliseconds: Self.limit)[0].contains(.readable) else {
            throw .timedOut
        }
        switch file.read(atMost: Tpm<Self>.maximumResponseLength) {
        case .success(let response): return response
        case .failure(let failure): throw .channel(failure.number)
        }
    }
}
