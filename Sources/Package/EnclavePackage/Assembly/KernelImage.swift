import GuestInterface
import PackageManifest

/// A Linux kernel for x86-64, and what its own header says about it (Linux, "The Linux/x86 Boot Protocol").
struct KernelImage {
    /// The largest kernel, in bytes.
    static let largestFile = 256 << 20
    /// The end of the release of every kernel that `Scripts/build-kernel.sh` builds, and what follows it for debug packages.
    private static let (mark, debugMark) = ("-adyton", "-adyton-debug")

    /// The file.
    let bytes: [UInt8]
    /// The kernel's release, such as `6.12.117-adyton`; empty where the header names none.
    let release: String

    /// Reads a kernel.
    ///
    /// - Parameter path: A bzImage.
    /// - Throws: `package.input-missing`, `package.input-invalid`.
    init(reading path: String) throws(PackageError) {
        let bytes = try InputFile.read(path, atMost: Self.largestFile)
        // The boot sector's signature, then the header's.
        guard bytes.count > 0x210, bytes[0x1fe] == 0x55, bytes[0x1ff] == 0xaa,
            bytes[0x202..<0x206].elementsEqual("HdrS".utf8)
        else {
            throw PackageError(
                .inputInvalid,
                subject: path,
                expected: "a Linux kernel for x86-64 (bzImage)",
                found: "something else"
            )
        }
        self.bytes = bytes
        // kernel_version: where the text begins, counted from 0x200.
        let start = 0x200 + (Int(bytes[0x20e]) | Int(bytes[0x20f]) << 8)
        let text = bytes.dropFirst(start).prefix(256).prefix { $0 > 0x20 && $0 < 0x7f }
        release = start > 0x200 ? String(decoding: text, as: UTF8.self) : ""
    }

    /// The kind that the kernel says it is; the kernel is measured, and process 1 checks the kind's properties.
    var kind: LaunchPlan.Kernel {
        release.hasSuffix(Self.mark) || release.hasSuffix(Self.debugMark) ? .sealed : .distribution
    }

    /// Refuses a sealed kernel whose console does not match the package.
    ///
    /// - Parameters:
    ///   - isDebug: Whether the package is a debug package.
    ///   - path: The kernel's file, for the error.
    /// - Throws: `package.input-invalid`.
    func check(isDebug: Bool, path: String) throws(PackageError) {
        guard kind == .sealed, release.hasSuffix(Self.debugMark) != isDebug else { return }
        throw PackageError(
            .inputInvalid,
            subject: path,
            expected: isDebug
                ? "a kernel with a console for a debug package; Scripts/build-kernel.sh debug builds it"
                : "the kernel without a console, for the package is no debug package; Scripts/build-kernel.sh builds it",
            found: release
        )
    }
}
