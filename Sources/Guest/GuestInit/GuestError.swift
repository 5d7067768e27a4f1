package import GuestInterface

/// Why the guest's boot or its application failed.
///
/// Only the failure's number leaves the guest; the rest goes to a debug package's console.
package struct GuestError: Error, Equatable {
    /// The failure that the host receives.
    package let failure: GuestFailure
    /// The file, module or value that failed.
    package let subject: String
    /// The kernel's `errno`; 0 where there is none.
    package let systemError: Int32

    package init(_ failure: GuestFailure, subject: String, systemError: Int32 = 0) {
        self.failure = failure
        self.subject = subject
        self.systemError = systemError
    }

    /// The failure as one line for the console.
    package var description: String {
        "\(failure.code): \(subject)" + (systemError == 0 ? "" : " (system error \(systemError))")
    }
}
