import Foundation
import TestSupport
import Testing

/// What leaves the project: an installation, a Debian package and container images, each judged by a script.
struct InstalledToolTests {
    private static let isReady =
        OutsideTool(named: "unshare") != nil && OutsideTool(named: "busybox") != nil || OutsideTool.isRequired
    /// The build that `make test-all` makes first.
    private static let release = ProjectFolder.root.appending(path: ".build/release").path

    /// Runs a script and expects that it succeeds.
    private func expectSuccess(_ script: String, _ arguments: [String] = [], build: String) async throws {
        let bash = try #require(OutsideTool(named: "bash"))
        let output = try await bash.run(
            [ProjectFolder.root.appending(path: "Scripts/\(script)").path] + arguments,
            environment: ["ADYTON_BUILD": build]
        )
        #expect(output.status == 0, "\(output.standardError.suffix(3000))")
    }

    @Test(
        .enabled(if: isReady, "unshare or busybox is missing"),
        .timeLimit(.minutes(15))
    )
    func `an installed tool packs, measures and serves as the build does, without the build`() async throws {
        try await expectSuccess("check-install.sh", build: Tool.folder.path)
    }

    @Test(.enabled(if: LargeTests.areWanted, "\(LargeTests.reason)"), .timeLimit(.minutes(60)))
    func `a Debian package installs, runs and leaves nothing behind`() async throws {
        try await expectSuccess("check-deb.sh", build: Self.release)
    }

    @Test(
        .enabled(if: LargeTests.areWanted, "\(LargeTests.reason)"),
        .timeLimit(.minutes(60)),
        arguments: ["onnx", "both"]
    )
    func `a container image of the server answers`(engines: String) async throws {
        try await expectSuccess("check-image.sh", [engines], build: Self.release)
    }
}
