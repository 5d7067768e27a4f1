import Files
import Glibc
package import TpmCommands

/// The command channel of a software TPM.
package struct TpmSocket: TpmChannel {
    private static let headLength = 10

    private let file: MachineFile

    init(file: MachineFile) {
        self.file = file
    }

    /// Takes ownership of a socket that is connected to a software TPM.
    ///
    /// - Parameter number: The descriptor, which this value closes.
    package init(taking number: Int32) {
        file = MachineFile(taking: number)
    }

    package func exchange(_ command: [UInt8]) throws(TpmFailure) -> [UInt8] {
        guard file.send(command) == command.count else { throw .channel(errno) }
        let limit = TpmControl.limitInMilliseconds
        guard let head = file.receive(exactly: Self.headLength, within: limit) else { throw .timedOut }
        let length = head[2..<6].reduce(0) { $0 << 8 | Int($1) }
        guard (Self.headLength...Tpm<Self>.maximumResponseLength).contains(length) else { throw .malformed }
        guard let body = file.receive(exactly: length - Self.headLength, within: limit) else { throw .timedOut }
        return head + body
    }
}
