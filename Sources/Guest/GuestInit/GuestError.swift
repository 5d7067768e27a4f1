package import GuestInterface

/// Why the guest's start or its application came to an end.
///
/// Only the failure's number leaves the guest; the rest is for a debug package's console.
package struct GuestError: Error, Equatable {
    /// What the host is told.
    package let failure: GuestFailure
    /// The file, the module or the value that it happened to.
    package let subject: String
    /// What the kernel said, as an `errno`; 0 where it said nothing.
    package let systemError: Int32

    package init(_ failure: GuestFailure, subject: String, systemError: Int32 = 0) {
        self.failure = failure
        self.subject = subject
        self.systemError = systemError
    }

    /// The failure in one line.
    package var description: String {
        "\(failure.code): \(subject)" + (systemError == 0 ? "" : " (system error \(systemError))")
    }
}
