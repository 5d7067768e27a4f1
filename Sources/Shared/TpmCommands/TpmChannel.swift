/// A transport to a TPM: a kernel device, or the socket of a software TPM.
package protocol TpmChannel {
    /// Sends one command and waits for its response, with a timeout.
    ///
    /// - Parameter command: A whole command, at most 4096 bytes.
    /// - Returns: A whole response.
    /// - Throws: ``TpmFailure/channel`` or ``TpmFailure/timedOut``.
    func exchange(_ command: [UInt8]) throws(TpmFailure) -> [UInt8]
}

/// Why a TPM command failed.
package enum TpmFailure: Error, Equatable {
    /// The TPM returned this response code (TPM 2.0 Library, Part 2, 6.6).
    case refused(UInt32)
    /// The response is not a valid response to the command.
    case malformed
    /// The transport failed, with this `errno` or 0.
    case channel(Int32)
    /// The TPM did not respond before the timeout.
    case timedOut

    /// The response code without the index of the handle, session or parameter that caused it.
    package var reason: UInt32? {
        guard case .refused(let code) = self else { return nil }
        // Format one (bit 7) has its error in the low six bits; the other bits say which handle, session or parameter
        // failed.
        return code & 0x80 != 0 ? code & 0xBF : code
    }
}
