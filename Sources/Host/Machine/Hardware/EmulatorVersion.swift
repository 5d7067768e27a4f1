/// The version of QEMU, which decides how many threads may emulate a machine's processors.
package struct EmulatorVersion: Equatable, Comparable, Sendable {
    /// The first version without the race between translation threads and a guest that patches its own code
    /// (QEMU's commits deba78709a and cb62bd15e1).
    package static let firstWithSafeTranslation = EmulatorVersion(major: 8, minor: 1)

    /// The timeout of `--version`, in milliseconds; it needs a twentieth of a second.
    private static let limitInMilliseconds: Int32 = 10_000

    /// The major version.
    package let major: Int
    /// The minor version.
    package let minor: Int

    /// Creates a version.
    ///
    /// - Parameters:
    ///   - major: The major version.
    ///   - minor: The minor version.
    package init(major: Int, minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// Parses the output of `--version`; nil where the first line contains no version.
    ///
    /// - Parameter text: The output, such as `QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)`.
    package init?(text: String) {
        let words = text.prefix { $0 != "\n" }.split(separator: " ")
        guard let index = words.firstIndex(of: "version"), index + 1 < words.count else { return nil }
        let numbers = words[index + 1].split(separator: ".").prefix(2).map { Int($0) }
        guard numbers.count == 2, let major = numbers[0], let minor = numbers[1] else { return nil }
        self.init(major: major, minor: minor)
    }

    /// Runs QEMU with `--version`.
    ///
    /// - Parameter qemu: QEMU's path.
    /// - Returns: The version; nil where the output contains none.
    package static func ofProgram(_ qemu: String) -> EmulatorVersion? {
        let answer = try? ProbeRun.run(qemu, ["--version"], milliseconds: limitInMilliseconds)
        return answer.flatMap { EmulatorVersion(text: $0.output) }
    }

    /// Whether emulation with one thread per processor is safe.
    ///
    /// Older versions now and then run a stale translation of code that the guest has just patched. The guest's kernel
    /// then dies of a breakpoint (`Oops: int3`), most often while it boots on a busy host.
    package var hasSafeTranslationThreads: Bool { self >= Self.firstWithSafeTranslation }

    package static func < (left: EmulatorVersion, right: EmulatorVersion) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }
}
