import Foundation
import GuestInterface
import RootFileSystem
import TestSupport

/// A guest whose application is a busybox script in a generated root file system.
final class TestGuest: Sendable {
    static let shell = OutsideTool(named: "busybox")
    static let strip = OutsideTool(named: "strip")
    static let compiler = OutsideTool(named: "cc")
    /// The process 1 program that was built with these tests.
    static let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        .appending(path: "adyton-init")
    static let modules = [
        "virtio_blk", "failover", "net_failover", "virtio_net", "reed_solomon", "dm-mod", "dm-bufio", "dm-verity",
        "overlay",
    ].map { $0 + ".ko" }
    /// Occurs exactly once in the image, so that a test can find its block.
    static let marker = "the only line of this file, which is read when the application starts\n"

    static var isReady: Bool { GuestMachine.isReady && (shell != nil || OutsideTool.isRequired) }

    /// One image and one small program for all tests, because building them takes seconds.
    static let shared = Task { try await TestGuest() }

    let folder: TemporaryFolder
    let image: URL
    let volume: VerityVolume
    private let program: URL

    private init() async throws {
        guard let shell = Self.shell, let strip = Self.strip else { throw CocoaError(.fileNoSuchFile) }
        folder = try TemporaryFolder()
        let tree = folder.url.appending(path: "tree")
        for name in ["bin", "dev", "proc", "sys", "tmp", "etc", "data"] {
            try FileManager.default.createDirectory(
                at: tree.appending(path: name),
                withIntermediateDirectories: true
            )
        }
        try FileManager.default.copyItem(at: shell.executable, to: tree.appending(path: "bin/busybox"))
        try Data("lower\n".utf8).write(to: tree.appending(path: "etc/file"))
        try Data().write(to: tree.appending(path: "etc/resolv.conf"))
        try Data(Self.marker.utf8).write(to: tree.appending(path: "data/marker"))
        try await Self.compileHostile(to: tree.appending(path: "bin/escape"))
        image = folder.url.appending(path: "root.img")
        var options = Ext2Writer.Options()
        options.tree = TreeOptions(owner: (0, 0))
        let salt = [UInt8](repeating: 7, count: 32)
        options.salt = salt
        let block = try Ext2Writer.write(tree.path, to: image.path, options: options)
        volume = VerityVolume(dataSize: block.hashOffset, rootHash: block.rootHash, salt: salt)
        program = folder.url.appending(path: "init")
        _ = try await strip.run(["-s", "-o", program.path, Self.program.path])
    }

    /// Compiles the application of ``ConfinementTests``; without a compiler, it is not in the image.
    private static func compileHostile(to program: URL) async throws {
        guard let compiler else { return }
        let source = ProjectFolder.root.appending(path: "Tests/Guest/GuestInitTests/Fixtures/escape.c")
        let output = try await compiler.run(["-static", "-O1", "-Wall", "-Werror", "-o", program.path, source.path])
        guard output.status == 0 else {
            throw CocoaError(.featureUnsupported, userInfo: [NSDebugDescriptionErrorKey: output.standardError])
        }
    }

    /// A plan whose application is a script.
    static func plan(_ script: String, debug: Bool = false) -> LaunchPlan {
        var application = LaunchPlan.Application(path: "/bin/busybox")
        application.arguments = ["sh", "-c", script]
        var plan = LaunchPlan(application: application)
        plan.isDebug = debug
        plan.modules = modules
        return plan
    }

    /// A machine that boots a plan.
    func machine(_ plan: LaunchPlan, root: VerityVolume? = nil, image: URL? = nil) throws -> GuestMachine {
        let tree = folder.url.appending(path: "initial-\(UUID().uuidString)")
        let modules = tree.appending(path: "adyton/modules")
        try FileManager.default.createDirectory(at: modules, withIntermediateDirectories: true)
        try FileManager.default.copyItem(at: program, to: tree.appending(path: "init"))
        for name in Self.modules where plan.kernel == .distribution {
            let source = GuestMachine.modules.appending(path: name)
            try FileManager.default.copyItem(at: source, to: modules.appending(path: name))
        }
        try Data(plan.text.utf8).write(to: tree.appending(path: "adyton/plan"))
        let archive = folder.url.appending(path: "\(tree.lastPathComponent).cpio")
        try CpioWriter.write(tree.path, to: archive.path, options: TreeOptions(owner: (0, 0)))
        let line = KernelCommandLine(root: root ?? volume, isDebug: plan.isDebug)
        return GuestMachine(initialFileSystem: archive, commandLine: line.text, disks: [image ?? self.image])
    }
}
