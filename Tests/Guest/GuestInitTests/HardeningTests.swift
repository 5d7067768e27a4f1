import Foundation
import GuestInterface
import TestSupport
import Testing

@testable import GuestInit

/// Hardening's settings in a folder that stands for the kernel's.
@Suite struct HardeningTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func file(_ name: String) throws -> URL {
        let file = folder.url.appending(path: name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        return file
    }

    @Test func `settings that the kernel has are changed, and others are none`() throws {
        for name in ["kernel/sysrq", "user/max_user_namespaces", "kernel/modules_disabled"] {
            try Data("before".utf8).write(to: try file(name))
        }
        try Hardening.applySettings(below: folder.url.path)
        #expect(try String(contentsOf: try file("kernel/sysrq"), encoding: .utf8).hasPrefix("0\n"))
        #expect(try String(contentsOf: try file("user/max_user_namespaces"), encoding: .utf8).hasPrefix("0\n"))
        #expect(try String(contentsOf: try file("kernel/modules_disabled"), encoding: .utf8).hasPrefix("1\n"))
        #expect(!FileManager.default.fileExists(atPath: try file("kernel/core_pattern").path))
    }

    @Test(arguments: ["kernel/sysrq", "kernel/core_pattern", "user/max_net_namespaces", "kernel/modules_disabled"])
    func `a setting that cannot be changed ends the start with its name`(name: String) throws {
        // No program can write to a folder, root's neither.
        try FileManager.default.createDirectory(at: try file(name), withIntermediateDirectories: true)
        let error = #expect(throws: GuestError.self) { try Hardening.applySettings(below: folder.url.path) }
        #expect(error?.failure == .hardening)
        #expect(error?.description.contains(name) == true)
    }
}
