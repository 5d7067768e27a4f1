import Foundation
import TestSupport
import Testing

/// What the commands do before a guest runs, and with a QEMU of our own making.
struct MachineCommandTests {
    private static let fixtures = ProjectFolder.root.appending(path: "Tests/Host/MachineTests/Fixtures")
    private static var fakes: [String] {
        [
            "--qemu", fixtures.appending(path: "fake-qemu").path, "--swtpm",
            fixtures.appending(path: "fake-swtpm").path,
            "--firmware", "/dev/null", "--accelerator", "tcg",
        ]
    }

    /// Files that stand for kernel, process 1 and modules.
    private static func guest(_ place: MachinePlace) throws -> [String] {
        let modules = place.folder.url.appending(path: "modules")
        try FileManager.default.createDirectory(at: modules, withIntermediateDirectories: false)
        for name in [
            "virtio_blk", "failover", "net_failover", "virtio_net", "reed_solomon", "dm-mod", "dm-bufio",
            "dm-verity",
        ] {
            try Data("module".utf8).write(to: modules.appending(path: "\(name).ko"))
        }
        // A boot sector's signature and the header's: enough for a kernel that nothing boots.
        var kernel = Data(count: 0x300)
        kernel.replaceSubrange(0x1fe..<0x200, with: [0x55, 0xaa])
        kernel.replaceSubrange(0x202..<0x206, with: Data("HdrS".utf8))
        try kernel.write(to: place.folder.url.appending(path: "kernel"))
        return ["--kernel", place.path("kernel"), "--init", place.path("kernel"), "--modules", modules.path]
    }

    @Test func `a dry run prints the command line and leaves nothing`() async throws {
        let place = try MachinePlace()
        let tree = try place.makeTree()
        let output = try await place.run(
            ["exec-vm", "--dry-run", "--name", "dry", "--owner", "0:0"] + Self.fakes + Self.guest(place)
                + ["--publish", "8080:80", tree, "/bin/busybox", "--name"]
        )
        #expect(output.status == 0, "\(output.standardError)")
        let text = String(decoding: output.standardOutput, as: UTF8.self)
        #expect(text.contains(" -name dry "))
        #expect(text.contains("hostfwd=tcp:127.0.0.1:8080-:80 "))
        #expect(text.contains("adyton.root="))
        #expect(try await place.isClean(of: "dry"))
        #expect(!FileManager.default.fileExists(atPath: place.path("run/adyton")))
    }

    @Test(arguments: [
        (["exec-vm", "--qemu", "/nowhere/qemu"], "machine.program-missing", Int32(69)),
        (["exec-vm", "--qemu", "/bin/true", "--swtpm", "/nowhere/swtpm"], "machine.program-missing", 69),
        (
            ["exec-vm", "--qemu", "/bin/true", "--swtpm", "/bin/true", "--firmware", "/nowhere/OVMF.fd"],
            "machine.firmware-missing", 69
        ),
        (["exec-vm", "--strace"], "not this host's to trace", 64),
        (["exec-vm", "--fork-mode", "pseudo"], "where fork works", 64),
        (["exec-vm", "--publish", "80"], "publish", 64),
        (["exec-vm", "--memory-size", "1k"], "at least 64m", 64), (["exec-vm", "--name", "a/b"], "--name takes", 64),
    ])
    func `what cannot be is refused before anything starts`(
        arguments: [String],
        message: String,
        status: Int32
    ) async throws {
        let place = try MachinePlace()
        let output = try await place.run(arguments + [place.makeTree(), "/bin/busybox"])
        #expect(output.status == status)
        #expect(output.standardError.contains(message), "\(output.standardError)")
        #expect(try await place.isClean(of: "busybox"))
    }

    @Test(arguments: ["exec-snp", "exec-tdx"])
    func `a platform that this host lacks is refused with all that is missing`(command: String) async throws {
        let place = try MachinePlace()
        let output = try await place.run(
            [command, "--unsealed-kernel"] + Self.fakes + Self.guest(place)
                + ["--owner", "0:0", place.makeTree(), "/bin/busybox"]
        )
        #expect(output.status == 69, "\(output.standardError)")
        #expect(output.standardError.contains("machine.hardware-missing"))
        #expect(output.standardError.contains(command == "exec-snp" ? "sev-snp-guest" : "tdx-guest"))
    }

    @Test func `a root file system that is not the one that was asked for is refused`() async throws {
        let place = try MachinePlace()
        let image = place.path("root.img")
        let made = try await place.run(["mkext2", "--owner", "0:0", place.makeTree(), image])
        let hash = String(decoding: made.standardOutput, as: UTF8.self)
        try Data(hash.utf8).write(to: URL(filePath: place.path("right")))
        try Data(hash.reversed().map(String.init).joined().utf8).write(to: URL(filePath: place.path("wrong")))
        let guest = try Self.guest(place)
        let right = try await place.run(
            ["exec-vm", "--dry-run", "--roothash", place.path("right")] + Self.fakes + guest + [image, "/bin/busybox"]
        )
        #expect(right.status == 0, "\(right.standardError)")
        let wrong = try await place.run(
            ["exec-vm", "--dry-run", "--roothash", place.path("wrong")] + Self.fakes + guest + [image, "/bin/busybox"]
        )
        #expect(wrong.status == 65)
        #expect(wrong.standardError.contains("root.untrusted"))
    }

    @Test func `a port that is taken is named`() async throws {
        let place = try MachinePlace()
        let server = try await ServerProcess()
        let port = "\(server.address)".split(separator: ":").last.map(String.init) ?? ""
        let output = try await place.run(
            ["exec-vm", "--publish", "\(port):80"] + Self.fakes + Self.guest(place)
                + ["--owner", "0:0", place.makeTree(), "/bin/busybox"]
        )
        #expect(output.status == 71)
        #expect(output.standardError.contains("machine.port-taken"))
        #expect(output.standardError.contains(":\(port)"))
    }

    @Test func `stop and logs name a machine that is not there`() async throws {
        let place = try MachinePlace()
        for command in ["stop", "logs"] {
            let output = try await place.run([command, "nobody"])
            #expect(output.status == 69)
            #expect(output.standardError.contains("machine.name-unknown"))
        }
        let list = try await place.run(["ps", "--json"])
        #expect(String(decoding: list.standardOutput, as: UTF8.self).filter { !$0.isWhitespace } == "[]")
    }
}
