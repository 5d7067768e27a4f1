/// A QEMU's version, which decides how many threads may emulate a machine's processors.
package struct EmulatorVersion: Equatable, Comparable, Sendable {
    /// The first version without the race between translation threads and a guest that patches its own code
    /// (QEMU's commits deba78709a and cb62bd15e1).
    package static let firstWithSafeTranslation = EmulatorVersion(major: 8, minor: 1)

    /// How long `--version` may take, in milliseconds; it needs a twentieth of a second.
    private static let limitInMilliseconds: Int32 = 10_000

    /// The number before the first dot.
    package let major: Int
    /// The number behind it.
    package let minor: Int

    /// A version.
    ///
    /// - Parameters:
    ///   - major: The number before the first dot.
    ///   - minor: The number behind it.
    package init(major: Int, minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// Reads a version out of what QEMU prints for `--version`; nil where the first line names none.
    ///
    /// - Parameter text: The output, such as `QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)`.
    package init?(text: String) {
        let words = text.prefix { $0 != "\n" }.split(separator: " ")
        guard let index = words.firstIndex(of: "version"), index + 1 < words.count else { return nil }
        let numbers = words[index + 1].split(separator: ".").prefix(2).map { Int($0) }
        guard numbers.count == 2, let major = numbers[0], let minor = numbers[1] else { return nil }
        self.init(major: major, minor: minor)
    }

    /// Asks a QEMU for its version.
    ///
    /// - Parameter qemu: QEMU's path.
    /// - Returns: Nil where it does not say one.
    package static func ofProgram(_ qemu: String) -> EmulatorVersion? {
        let answer = try? ProbeRun.run(qemu, ["--version"], milliseconds: limitInMilliseconds)
        return answer.flatMap { EmulatorVersion(text: $0.output) }
    }

    /// Whether one thread a processor is safe under emulation.
    ///
    /// Older versions now and then run a stale translation of code that the guest has just patched. The guest's kernel
    /// then dies of a breakpoint (`Oops: int3`), most often while it boots on a busy host.
    package var hasSafeTranslationThreads: Bool { self >= Self.firstWithSafeTranslation }

    package static func < (left: EmulatorVersion, right: EmulatorVersion) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }
}
