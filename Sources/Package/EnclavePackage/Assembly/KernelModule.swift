import GuestInterface
import Installation
import PackageManifest

/// The kernel modules that a guest may need, in loading order.
enum KernelModule {
    /// Modules for disks, network and dm-verity.
    static let needed = [
        "virtio_blk", "failover", "net_failover", "virtio_net", "reed_solomon", "dm-mod", "dm-bufio", "dm-verity",
    ]
    /// Modules for writable folders over existing content (overlayfs).
    static let overlay = "overlay"
    /// Optional modules: those for evidence, which load on matching hardware only, and a faster SHA-256.
    static let optional = ["configfs", "tsm", "sev-guest", "tdx-guest", "sha256-ssse3"]
    /// The mark at the end of a signed module (the kernel's module_signature.h).
    private static let signatureMark = Array("~Module signature appended~\n".utf8)
    /// The size of the fields before the mark; the last four bytes are the signature's length, big-endian.
    private static let signatureFields = 12
    /// The maximum size of a module, in bytes.
    static let largestFile = 8 << 20

    /// A module's file.
    struct File: Equatable {
        let name: String
        let bytes: [UInt8]
    }

    /// Reads a plan's required and optional modules.
    ///
    /// - Parameters:
    ///   - kernel: The kernel; a sealed one has everything built in and gets none.
    ///   - folder: The folder of the modules; nil where none was found.
    ///   - plan: The plan, which receives the modules' names.
    /// - Returns: The files, in the plan's order.
    /// - Throws: `package.input-missing` for a required module; a kernel may have an optional one built in.
    static func read(
        for kernel: KernelImage,
        from folder: String?,
        into plan: inout LaunchPlan
    ) throws(PackageError) -> [File] {
        guard !kernel.isSealed else { return [] }
        guard let folder else {
            let missing = MissingPart(
                part: .kernelModules,
                places: PartLocator.ofThisProgram.places(of: .kernelModules)
            )
            throw PackageError(missing)
        }
        let hasOverlay = plan.mounts.contains { if case .overlay = $0 { true } else { false } }
        var files: [File] = []
        for name in needed + (hasOverlay ? [overlay] : []) {
            guard let file = try read(name, from: folder) else {
                throw PackageError(
                    .inputMissing,
                    subject: "\(folder)/\(name).ko.xz",
                    expected: "a module of the kernel; Scripts/setup.sh run brings it",
                    found: "none"
                )
            }
            plan.modules.append(file.name)
            files.append(file)
        }
        for name in optional {
            guard let file = try read(name, from: folder) else { continue }
            plan.optionalModules.append(file.name)
            files.append(file)
        }
        return files
    }

    private static func read(_ name: String, from folder: String) throws(PackageError) -> File? {
        // The kernel would decompress a compressed module at every start.
        for suffix in [".ko", ".ko.xz"] {
            do throws(PackageError) {
                let bytes = try InputFile.read("\(folder)/\(name)\(suffix)", atMost: largestFile)
                return File(name: name + suffix, bytes: withoutSignature(bytes))
            } catch {
                guard error.code == .inputMissing else { throw error }
            }
        }
        return nil
    }

    /// Removes a module's signature, whose verification takes longer than loading the module.
    ///
    /// The platform measures the whole file system that contains the module, and a policy requires that measurement.
    ///
    /// - Parameter bytes: A module; a compressed or unsigned one is returned unchanged.
    /// - Returns: The module without its signature.
    static func withoutSignature(_ bytes: [UInt8]) -> [UInt8] {
        let end = bytes.count - signatureMark.count
        guard end >= signatureFields, bytes[end...].elementsEqual(signatureMark) else { return bytes }
        let length = bytes[(end - 4)..<end].reduce(0) { $0 << 8 | Int($1) }
        guard length <= end - signatureFields else { return bytes }
        return Array(bytes[..<(end - signatureFields - length)])
    }
}
