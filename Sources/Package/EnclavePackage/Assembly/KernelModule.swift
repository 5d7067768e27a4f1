import GuestInterface
import PackageManifest

/// The kernel's modules that a guest may need, in loading order.
enum KernelModule {
    /// Those of disks, network and verified volumes.
    static let needed = [
        "virtio_blk", "failover", "net_failover", "virtio_net", "reed_solomon", "dm-mod", "dm-bufio", "dm-verity",
    ]
    /// What a folder that keeps its content under changes needs.
    static let overlay = "overlay"
    /// Those of evidence, which only the hardware that they are for takes, and a faster SHA-256.
    static let optional = ["configfs", "tsm", "sev-guest", "tdx-guest", "sha256-ssse3"]
    /// What stands behind a signed module's signature (the kernel's module_signature.h).
    private static let signatureMark = Array("~Module signature appended~\n".utf8)
    /// The fields before the mark; the last four bytes are the signature's length, highest first.
    private static let signatureFields = 12
    /// A module larger than this is none.
    static let largestFile = 8 << 20

    /// A module's file.
    struct File: Equatable {
        let name: String
        let bytes: [UInt8]
    }

    /// Reads the modules that a plan needs and those that it may use.
    ///
    /// - Parameters:
    ///   - folder: Where they lie.
    ///   - plan: Gets their names.
    /// - Returns: The files, in the plan's order.
    /// - Throws: `package.input-missing` for a needed one; a kernel may have an optional one built in.
    static func read(from folder: String, for plan: inout LaunchPlan) throws(PackageError) -> [File] {
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
        // A compressed one is the kernel's to unpack, at every start.
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

    /// A module without its distribution's signature, whose check takes longer than the module's loading: the platform
    /// measures the whole file system that the module lies in, and a policy demands that measurement.
    ///
    /// - Parameter bytes: A module; one that is compressed or not signed is given back as it is.
    /// - Returns: The module alone.
    static func withoutSignature(_ bytes: [UInt8]) -> [UInt8] {
        let end = bytes.count - signatureMark.count
        guard end >= signatureFields, bytes[end...].elementsEqual(signatureMark) else { return bytes }
        let length = bytes[(end - 4)..<end].reduce(0) { $0 << 8 | Int($1) }
        guard length <= end - signatureFields else { return bytes }
        return Array(bytes[..<(end - signatureFields - length)])
    }
}
