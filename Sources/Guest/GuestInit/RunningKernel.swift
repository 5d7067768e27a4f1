package import GuestInterface

/// What the machine knows of its kernel: the kind by the measured plan, release and version by the kernel itself.
package struct RunningKernel: Equatable {
    /// The plan's kind; ``KernelCheck`` has compared it with the kernel's properties.
    package let kind: LaunchPlan.Kernel
    /// What `uname -r` prints.
    package let release: String
    /// What `uname -v` prints.
    package let version: String

    package init(kind: LaunchPlan.Kernel, release: String, version: String) {
        self.kind = kind
        self.release = release
        self.version = version
    }

    /// Reads release and version.
    ///
    /// - Parameter plan: The measured plan.
    /// - Throws: `guest.kernel` where `/proc` does not name them.
    init(plan: LaunchPlan) throws(GuestError) {
        func line(_ name: String) throws(GuestError) -> String {
            let path = "/proc/sys/kernel/\(name)"
            let bytes = try SystemCall.contents(of: path).orFail(.kernel, path)
            return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        }
        self.init(kind: plan.kernel, release: try line("osrelease"), version: try line("version"))
    }

    /// The member of a manifest that names this kernel, in the one spelling of RFC 8785.
    ///
    /// Release and version of a kernel that a manifest can name have no character that JSON escapes.
    package var manifestText: String {
        #""kernel":{"kind":"\#(kind.rawValue)","release":"\#(release)","version":"\#(version)"}"#
    }
}
