import EnclavePackage
import Foundation
import TestSupport
import Testing

@Suite(.enabled(if: SampleApplication.isReady, "run Scripts/setup.sh test"))
struct MeasuredProgramTests {
    @Test func `programs are read out of a package, and what it lacks is nil`() async throws {
        let application = try SampleApplication()
        let package = try await application.package()
        let initProgram = try Data(contentsOf: application.folder.url.appending(path: "init"))
        #expect(try package.content(of: .initProgram) == Array(initProgram))
        for program in [MeasuredProgram.gateway, .server, .torchBridge] {
            #expect(try package.content(of: program) == nil)
        }
        try application.makeFolder("adyton/bin")
        try application.makeFolder("adyton/lib")
        // Longer than a block, and with a hole.
        let server = [UInt8](repeating: 7, count: 5000) + [UInt8](repeating: 0, count: 9000) + [1]
        try Data(server).write(to: application.tree.appending(path: "adyton/bin/adyton-server"))
        try application.write("adyton/lib/libAdytonTorch.so", "library")
        let other = try await application.package()
        #expect(try other.content(of: .server) == server)
        #expect(try other.content(of: .torchBridge) == Array("library".utf8))
    }

    @Test func `the gateway is read out of its own image`() async throws {
        let application = try SampleApplication(
            #"{"ApplicationPath": "/bin/app", "Gateway": {"ApplicationPort": 8000}}"#
        )
        var inputs = application.inputs()
        // A program that is linked statically needs nothing else; strip leaves it as it is.
        let built = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        let program = application.folder.url.appending(path: "gateway")
        let strip = try #require(OutsideTool(named: "strip"))
        let output = try await strip.run([
            "--strip-unneeded", "-R", ".swift_modhash", "-o", program.path, built.appending(path: "adyton-init").path,
        ])
        #expect(output.status == 0, "\(output.standardError)")
        inputs.guest = GuestFiles(
            kernel: SampleApplication.kernel.path,
            initProgram: inputs.guest.initProgram,
            modules: inputs.guest.modules,
            gateway: program.path
        )
        let package = try await application.package(inputs: inputs)
        let content = try #require(try package.content(of: .gateway))
        // `adyton bundle` strips with the same options, so nothing more is taken away.
        #expect(try Data(content) == Data(contentsOf: program))
    }
}
