import Foundation
package import GuestInterface
import RootFileSystem

/// The kernel, its modules and process 1, from which a machine without a package is put together.
package struct GuestFiles: Equatable, Sendable {
    /// Modules in loading order: disk, network, hash tree, overlay.
    package static let modules = [
        "virtio_blk", "failover", "net_failover", "virtio_net", "reed_solomon", "dm-mod", "dm-bufio", "dm-verity",
        "overlay",
    ]
    /// Modules that only some platforms' hardware takes.
    package static let optionalModules = ["sha256-ssse3", "configfs", "tsm", "sev-guest", "tdx-guest"]
    private static let suffix = ".ko.xz"

    /// The kernel's path.
    package let kernel: String
    /// The folder of the kernel's modules.
    package let modulesFolder: String
    /// Process 1's path.
    package let initial: String

    /// Finds the files of a guest.
    ///
    /// - Parameters:
    ///   - folder: A folder with `vmlinuz` and `modules`, as `Scripts/setup.sh` makes it; nil looks in the places that
    ///     an installation and a build have.
    ///   - initial: Process 1; nil takes `adyton-init` beside this program.
    ///   - program: This program's path.
    /// - Throws: `machine.part-unreadable` with the places that were looked at.
    package init(
        folder: String?,
        initial: String?,
        program: String = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().path
    ) throws(MachineError) {
        let beside = URL(filePath: program).deletingLastPathComponent()
        let folders = folder.map { [$0] } ?? Self.folders(beside)
        guard let found = folders.first(where: { FileManager.default.fileExists(atPath: $0 + "/vmlinuz") }) else {
            throw MachineError(
                .partUnreadable,
                subject: "the guest's kernel",
                expected: folders.map { $0 + "/vmlinuz" }.joined(separator: " or ")
                    + " (Scripts/setup.sh run, or --guest)"
            )
        }
        let initials =
            initial.map { [$0] }
            ?? [beside.appending(path: "adyton-init").path, beside.appending(path: "../libexec/adyton-init").path]
        guard let process = initials.first(where: { FileManager.default.isReadableFile(atPath: $0) }) else {
            throw MachineError(
                .partUnreadable,
                subject: "the guest's process 1",
                expected: initials.joined(separator: " or ") + " (swift build --product adyton-init, or --init)"
            )
        }
        kernel = found + "/vmlinuz"
        modulesFolder = found + "/modules"
        self.initial = process
    }

    private static func folders(_ beside: URL) -> [String] {
        // An installation has it under share; a build has it above its own folder.
        var folders = [beside.appending(path: "../share/adyton/kernel").standardizedFileURL.path]
        var above = beside
        for _ in 0..<4 {
            above.deleteLastPathComponent()
            folders.append(above.appending(path: ".deps/kernel").path)
        }
        return folders
    }

    /// Puts the initial file system together.
    ///
    /// - Parameters:
    ///   - plan: What process 1 does; the modules are set here.
    ///   - scratch: Where is packed.
    /// - Returns: The archive, open for reading.
    /// - Throws: Foundation's error where a file cannot be read, `RootFileSystemError`.
    package func initialFileSystem(for plan: LaunchPlan, scratch: ScratchFolder) throws -> OpenFile {
        let manager = FileManager.default
        var plan = plan
        plan.modules = Self.modules.map { $0 + Self.suffix }
        plan.optionalModules = Self.optionalModules.map { $0 + Self.suffix }
            .filter { manager.fileExists(atPath: "\(modulesFolder)/\($0)") }
        let tree = scratch.path + "/initial"
        try manager.createDirectory(atPath: tree + LaunchPlan.modulesFolder, withIntermediateDirectories: true)
        for folder in ["dev", "proc", "sys"] {
            try manager.createDirectory(atPath: "\(tree)/\(folder)", withIntermediateDirectories: true)
        }
        for module in plan.modules + plan.optionalModules {
            try manager.copyItem(
                atPath: "\(modulesFolder)/\(module)",
                toPath: "\(tree)\(LaunchPlan.modulesFolder)/\(module)"
            )
        }
        try manager.copyItem(atPath: initial, toPath: tree + "/init")
        try manager.setAttributes([.posixPermissions: 0o755], ofItemAtPath: tree + "/init")
        try Data(plan.text.utf8).write(to: URL(filePath: tree + LaunchPlan.path))
        let archive = scratch.path + "/initramfs"
        try CpioWriter.write(tree, to: archive, options: TreeOptions(owner: (0, 0)))
        try manager.removeItem(atPath: tree)
        return try OpenFile(reading: archive)
    }
}
