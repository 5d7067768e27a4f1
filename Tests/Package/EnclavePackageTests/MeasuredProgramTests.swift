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
        // A program that is linked statically needs nothing else; it is stripped as every measured one is.
        let built = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        let program = application.folder.url.appending(path: "gateway")
        let script = OutsideTool(executable: ProjectFolder.root.appending(path: "Scripts/build-guest.sh"))
        let output = try await script.run([program.path], environment: ["ADYTON_BUILD": built.path])
        #expect(output.status == 0, "\(output.standardError)")
        inputs.guest = GuestFiles(
            kernel: SampleApplication.kernel.path,
            initProgram: inputs.guest.initProgram,
            modules: inputs.guest.modules,
            gateway: program.path
        )
        let package = try await application.package(inputs: inputs)
        let content = try #require(try package.content(of: .gateway))
        // `adyton bundle` strips in the same way, so nothing more is taken away.
        #expect(try Data(content) == Data(contentsOf: program))
    }
}
