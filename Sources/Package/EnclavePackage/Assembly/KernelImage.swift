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
    /// Number and date of its build, such as `#1 SMP 2026-01-01 00:00:00 UTC`; empty where the header names none.
    let version: String
    /// Where the file is, for errors.
    private let name: String

    /// Reads a kernel.
    ///
    /// - Parameter path: A bzImage.
    /// - Throws: `package.input-missing`, `package.input-invalid`.
    init(reading path: String) throws(PackageError) {
        try self.init(InputFile.read(path, atMost: Self.largestFile), name: path)
    }

    /// Parses a kernel.
    ///
    /// - Parameters:
    ///   - bytes: A bzImage.
    ///   - name: Its file or part, for errors.
    /// - Throws: `package.input-invalid`.
    init(_ bytes: [UInt8], name: String) throws(PackageError) {
        // The boot sector's signature, then the header's.
        guard bytes.count > 0x250, bytes[0x1fe] == 0x55, bytes[0x1ff] == 0xaa,
            bytes[0x202..<0x206].elementsEqual("HdrS".utf8)
        else {
            throw PackageError(
                .inputInvalid,
                subject: name,
                expected: "a Linux kernel for x86-64 (bzImage)",
                found: "something else"
            )
        }
        self.bytes = bytes
        self.name = name
        // kernel_version: where the text begins, counted from 0x200; the release, the builder in brackets, the version.
        let start = 0x200 + (Int(bytes[0x20e]) | Int(bytes[0x20f]) << 8)
        let text = start > 0x200 ? bytes.dropFirst(start).prefix(256).prefix { $0 != 0 } : []
        let line = String(decoding: text, as: UTF8.self)
        release = String(line.prefix { $0 != " " }.utf8.prefix(Manifest.KernelEntry.longestText)) ?? ""
        let rest = line.split(separator: ") ", maxSplits: 1).dropFirst().first ?? ""
        version = String(rest.utf8.prefix(Manifest.KernelEntry.longestText)) ?? ""
        guard Manifest.KernelEntry.isText(release), Manifest.KernelEntry.isText(version) else {
            throw PackageError(
                .inputInvalid,
                subject: name,
                expected: "a release and a version of printable ASCII",
                found: line
            )
        }
    }

    /// Whether it says that it is the project's own; ``check(isDebug:)`` compares that with its content.
    var isSealed: Bool { release.hasSuffix(Self.mark) || release.hasSuffix(Self.debugMark) }

    /// The kind for a launch plan.
    ///
    /// - Parameter acceptsUnsealed: Whether the publisher takes another than a sealed one for every platform.
    /// - Returns: The kind.
    func kind(acceptsUnsealed: Bool) -> LaunchPlan.Kernel {
        isSealed ? .sealed : acceptsUnsealed ? .unsealed : .distribution
    }

    /// Refuses a sealed kernel whose console does not match the package, or whose content is not what its release says.
    ///
    /// A kernel that does not claim to be sealed is not looked into: it promises nothing.
    ///
    /// - Parameter isDebug: Whether the package is a debug package.
    /// - Throws: `package.input-invalid`.
    func check(isDebug: Bool) throws(PackageError) {
        guard isSealed else { return }
        guard release.hasSuffix(Self.debugMark) == isDebug else {
            throw PackageError(
                .inputInvalid,
                subject: name,
                expected: isDebug
                    ? "a kernel with a console for a debug package; Scripts/build-kernel.sh debug builds it"
                    : "the kernel without a console, for the package is no debug package; Scripts/build-kernel.sh builds it",
                found: release
            )
        }
        let program = try KernelProgram(of: bytes, name: name)
        if let difference = program.difference(fromSealed: release, isDebug: isDebug) {
            throw PackageError(
                .inputInvalid,
                subject: name,
                expected: "what \(release) is by its name: \(difference.expected)",
                found: difference.found
            )
        }
    }

    /// Compares a package's kernel with what plan and manifest say of it.
    ///
    /// - Parameters:
    ///   - plan: The launch plan.
    ///   - manifest: The manifest.
    /// - Returns: The kernel with the plan's kind.
    /// - Throws: `manifest.mismatch`, `package.input-invalid`.
    func entry(for plan: LaunchPlan, _ manifest: Manifest) throws(PackageError) -> Manifest.KernelEntry {
        guard isSealed == (plan.kernel == .sealed) else {
            throw PackageError(
                .manifestMismatch,
                subject: "kernel of the launch plan",
                expected: isSealed ? "sealed, as the package's kernel" : "distribution or unsealed: \(release)",
                found: plan.kernel.rawValue
            )
        }
        try check(isDebug: plan.isDebug)
        let entry = Manifest.KernelEntry(kind: plan.kernel, release: release, version: version)
        if let stated = manifest.kernel, stated != entry {
            throw PackageError(
                .manifestMismatch,
                subject: "kernel of the manifest",
                expected: "\(entry.kind.rawValue), \(entry.release), \(entry.version)",
                found: "\(stated.kind.rawValue), \(stated.release), \(stated.version)"
            )
        }
        return entry
    }
}
