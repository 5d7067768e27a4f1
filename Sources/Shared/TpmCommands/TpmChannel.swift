/// A way to a TPM: a device of the kernel, or a socket of a software TPM.
package protocol TpmChannel {
    /// Sends one command and waits for its response, for a bounded time.
    ///
    /// - Parameter command: A whole command, at most 4096 bytes.
    /// - Returns: A whole response.
    /// - Throws: ``TpmFailure/channel`` or ``TpmFailure/timedOut``.
    func exchange(_ command: [UInt8]) throws(TpmFailure) -> [UInt8]
}

/// Why a TPM did not do what it was asked.
package enum TpmFailure: Error, Equatable {
    /// The TPM refused with this response code (TPM 2.0 Library, Part 2, 6.6).
    case refused(UInt32)
    /// The response's bytes are none of that command's.
    case malformed
    /// The way to the TPM broke, with this `errno` or 0.
    case channel(Int32)
    /// The TPM took too long.
    case timedOut

    /// The response code without the number of the handle, session or parameter that it is about.
    package var reason: UInt32? {
        guard case .refused(let code) = self else { return nil }
        // Format one (bit 7) keeps its error in the low six bits; the rest says what it is about.
        return code & 0x80 != 0 ? code & 0xBF : code
    }
}
