/// The kernel's command line, which the firmware measures and which names the root volume.
package struct KernelCommandLine: Equatable, Sendable {
    /// The root file system's volume, on the first disk.
    package let root: VerityVolume
    /// Whether kernel and application write to the console.
    package let isDebug: Bool

    /// Creates the command line for a root volume.
    ///
    /// - Parameters:
    ///   - root: The volume on the first disk.
    ///   - isDebug: Whether the console is on.
    package init(root: VerityVolume, isDebug: Bool) {
        self.root = root
        self.isDebug = isDebug
    }

    /// The command line's text.
    ///
    /// `panic=-1` reboots at once and QEMU runs with `-no-reboot`, so a corrupt block ends the machine.
    package var text: String {
        let console = isDebug ? "console=ttyS0 loglevel=4 adyton.debug=1" : "quiet loglevel=0"
        return "panic=-1 random.trust_cpu=on \(console) adyton.root=\(root.text)"
    }

    /// Parses `/proc/cmdline`; nil where the root volume is missing, malformed or given twice.
    ///
    /// - Parameter text: The command line; other words are ignored.
    package init?(text: String) {
        let words = text.split { $0 == " " || $0 == "\n" }
        let roots = words.filter { $0.hasPrefix("adyton.root=") }
        guard roots.count == 1, let root = VerityVolume(text: roots[0].dropFirst("adyton.root=".count)) else {
            return nil
        }
        self.init(root: root, isDebug: words.contains("adyton.debug=1"))
    }
}
