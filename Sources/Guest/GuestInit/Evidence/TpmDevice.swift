import Glibc
import TpmCommands

/// The kernel's TPM, behind its resource manager: each open file has keys and sessions of its own.
struct TpmDevice: TpmChannel {
    /// How long the TPM may take, in milliseconds.
    private static let limit: Int32 = 20_000

    let file: SystemFile

    func exchange(_ command: [UInt8]) throws(TpmFailure) -> [UInt8] {
        switch file.write(command) {
        case .success(command.count): break
        case .success: throw .channel(EIO)
        case .failure(let failure): throw .channel(failure.number)
        }
        // Opened without waiting, the driver works on its own and tells when it is done.
        guard DescriptorPoll.wait([(file.number, .readable)], milliseconds: Self.limit)[0].contains(.readable) else {
            throw .timedOut
        }
        switch file.read(atMost: Tpm<Self>.maximumResponseLength) {
        case .success(let response): return response
        case .failure(let failure): throw .channel(failure.number)
        }
    }
}
