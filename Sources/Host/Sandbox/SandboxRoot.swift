import CSandbox
import Files
import Foundation
import Glibc
import GuestInterface
import RootFileSystem

/// The application's root file system and its mounts.
///
/// They are in the sandbox's own mount namespace, so the kernel removes them with its last process, however that ends.
struct SandboxRoot {
    private static let workspace = "/tmp"
    private static let root = "/tmp/root"
    private static let devices = ["null", "zero", "full", "random", "urandom", "tty"]

    let plan: LaunchPlan
    let sharesNetwork: Bool

    /// Unpacks the image, mounts the plan's file systems, and makes the result the root.
    ///
    /// - Parameters:
    ///   - image: An open ext2 image.
    ///   - mounts: The images of the plan's image mounts, in their order.
    /// - Throws: `RootFileSystemError` for an invalid image, `SandboxError` for system errors.
    func enter(image: Descriptor, mounts: [Descriptor]) throws {
        try mount("tmpfs", "tmpfs", on: Self.workspace, flags: MS_NOSUID | MS_NODEV, options: "mode=0755,size=90%")
        let rights: ExtractionRights = sandbox_has_user_namespace() == 0 ? .all : .ownFiles
        try Ext2Extractor.extract(image, to: Self.root, rights: rights)
        // pivot_root(2) requires a mount point.
        try mount(Self.root, nil, on: Self.root, flags: MS_BIND)
        for folder in ["proc", "dev", "sys"] + plan.mounts.map(\.target) { try makeFolder(folder) }
        try mount("proc", "proc", on: "\(Self.root)/proc", flags: MS_NOSUID | MS_NODEV | MS_NOEXEC)
        try mountDevices()
        try sealKernelFiles()
        if !sharesNetwork {
            try mount("sysfs", "sysfs", on: "\(Self.root)/sys", flags: MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC)
        } else {
            try showResolver()
        }
        var images = mounts[...]
        for item in plan.mounts {
            guard case .image(let target, _, _) = item else {
                try mount(item)
                continue
            }
            guard let image = images.popFirst() else { throw SandboxError(.jobInvalid, subject: target) }
            try show(image, at: target, rights: rights, number: images.count)
        }
        try mount(nil, nil, on: Self.root, flags: MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV)
        try pivot()
    }

    /// The directories that the application may write to.
    var writableFolders: [String] {
        ["/dev", "/proc"]
            + plan.mounts.compactMap { item in
                if case .image = item { nil } else { item.target }
            }
    }

    /// Unpacks a further image, and shows it read-only.
    private func show(_ image: Descriptor, at target: String, rights: ExtractionRights, number: Int) throws {
        let folder = "\(Self.workspace)/image-\(number)"
        try Ext2Extractor.extract(image, to: folder, rights: rights)
        try mount(folder, nil, on: Self.root + target, flags: MS_BIND)
        let flags = MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV
        try mount(nil, nil, on: Self.root + target, flags: flags)
    }

    private func mount(_ item: LaunchPlan.Mount) throws {
        let target = Self.root + item.target
        switch item {
        case .memory(_, let maximumBytes, let mode):
            let size = maximumBytes.map { ",size=\($0)" } ?? ""
            // As in a machine, what not everybody may write to is the application's.
            let owner = mode & 0o002 != 0 ? "" : ",uid=\(plan.application.user),gid=\(plan.application.group)"
            let options = "mode=\(String(mode, radix: 8))" + size + owner
            try mount("tmpfs", "tmpfs", on: target, flags: MS_NOSUID | MS_NODEV, options: options)
        case .overlay(let folder):
            let layers = "\(Self.workspace)/overlay\(folder.replacing("/", with: "-"))"
            for name in ["upper", "work"] {
                try FileManager.default.createDirectory(atPath: "\(layers)/\(name)", withIntermediateDirectories: true)
            }
            let options = "lowerdir=\(target),upperdir=\(layers)/upper,workdir=\(layers)/work"
            try mount("overlay", "overlay", on: target, flags: MS_NOSUID | MS_NODEV, options: options)
        // Unpacked and shown by the caller, which has the images.
        case .image: break
        }
    }

    private func mountDevices() throws {
        let folder = "\(Self.root)/dev"
        try mount("tmpfs", "tmpfs", on: folder, flags: MS_NOSUID | MS_NOEXEC, options: "mode=0755,size=64k")
        for name in Self.devices {
            // A user namespace cannot create device nodes, so the host's nodes are bind-mounted.
            guard FileManager.default.createFile(atPath: "\(folder)/\(name)", contents: nil) else {
                throw SandboxError.system(.device, "/dev/\(name)")
            }
            try mount("/dev/\(name)", nil, on: "\(folder)/\(name)", flags: MS_BIND, code: .device)
        }
        for (name, place) in [("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")] {
            try FileManager.default.createSymbolicLink(
                atPath: "\(folder)/\(name)",
                withDestinationPath: "/proc/self/fd\(place)"
            )
        }
        try FileManager.default.createDirectory(atPath: "\(folder)/shm", withIntermediateDirectories: false)
        try mount("tmpfs", "tmpfs", on: "\(folder)/shm", flags: MS_NOSUID | MS_NODEV | MS_NOEXEC, options: "mode=1777")
    }

    /// Takes the kernel's own files away, as in a machine: where the sandbox's root is the host's, it could change them.
    private func sealKernelFiles() throws {
        var entry = [CChar](repeating: 0, count: 64)
        // Safe: the call writes at most 64 bytes, which the array has, the last of them NUL.
        guard unsafe sandbox_seal_proc("\(Self.root)/proc", "\(Self.root)/dev/null", &entry) == 0 else {
            let name = String(decoding: entry.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            throw SandboxError.system(.mount, "/proc/\(name)")
        }
    }

    /// Bind-mounts the host's resolver configuration, where the application shares the host's network.
    private func showResolver() throws {
        let target = Self.root + SandboxJob.resolver
        guard FileManager.default.fileExists(atPath: SandboxJob.resolver),
            FileManager.default.fileExists(atPath: target)
        else { return }
        try mount(SandboxJob.resolver, nil, on: target, flags: MS_BIND)
    }

    /// Creates a mount point; a symbolic link in the image on that path is refused.
    private func makeFolder(_ path: String) throws {
        var place = Self.root
        for name in path.split(separator: "/") {
            guard name != "..", name != "." else { throw SandboxError(.mount, subject: path, expected: "a plain path") }
            place += "/\(name)"
            // Safe, here and below: no memory is passed but strings of our own.
            if unsafe mkdir(place, 0o755) == 0 { continue }
            guard errno == EEXIST else { throw SandboxError.system(.mount, path) }
            let type = try FileManager.default.attributesOfItem(atPath: place)[.type] as? FileAttributeType
            guard type == .typeDirectory else {
                throw SandboxError(.mount, subject: path, expected: "a folder in the image", found: "something else")
            }
        }
    }

    private func pivot() throws {
        guard unsafe chdir(Self.root) == 0, unsafe sandbox_pivot_root(".", ".") == 0,
            unsafe umount2(".", Int32(MNT_DETACH)) == 0, unsafe chdir("/") == 0
        else { throw SandboxError.system(.mount, "/") }
    }

    private func mount(
        _ source: String?,
        _ type: String?,
        on target: String,
        flags: Int,
        options: String = "",
        code: SandboxError.Code = .mount
    ) throws {
        guard unsafe Glibc.mount(source, target, type, UInt(flags), options) == 0 else {
            throw SandboxError.system(code, String(target.trimmingPrefix(Self.root)))
        }
    }
}

extension LaunchPlan.Mount {
    fileprivate var target: String {
        switch self {
        case .memory(let target, _, _), .overlay(let target), .image(let target, _, _): target
        }
    }
}
