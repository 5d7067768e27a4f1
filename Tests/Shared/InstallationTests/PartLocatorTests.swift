import Foundation
import Installation
import TestSupport
import Testing

struct PartLocatorTests {
    @Test func `an installed program looks into lib and share beside its own folder, and nowhere else`() {
        let locator = PartLocator(executable: "/opt/adyton/bin/adyton")
        #expect(
            locator.places(of: .kernel) == [
                "/opt/adyton/lib/adyton/guest/vmlinuz", "/opt/adyton/share/adyton/guest/vmlinuz",
            ]
        )
        #expect(
            PartLocator(executable: "/adyton").places(of: .onnxRuntime) == [
                "/lib/adyton/libonnxruntime.so.1", "/share/adyton/libonnxruntime.so.1",
            ]
        )
    }

    @Test func `a folder that the environment names comes first`() {
        let locator = PartLocator(executable: "/usr/bin/adyton", namedFolder: "/srv/parts")
        #expect(locator.places(of: .initProgram).first == "/srv/parts/guest/adyton-init")
        #expect(locator.places(of: .initProgram).count == 3)
        let unset = PartLocator(executable: "/usr/bin/adyton", namedFolder: "")
        #expect(unset == PartLocator(executable: "/usr/bin/adyton"))
    }

    @Test func `a program in a build folder looks into its project, and the project around it`() {
        let locator = PartLocator(executable: "/home/me/adyton/Benchmarks/.build/release/image-bench")
        #expect(
            locator.places(of: .gateway).suffix(2) == [
                "/home/me/adyton/Benchmarks/.build/guest/gateway", "/home/me/adyton/.build/guest/gateway",
            ]
        )
        #expect(PartLocator(executable: "/tmp/adyton/.build/debug/adyton").places(of: .kernel).count == 3)
        #expect(PartLocator(executable: "/.build/debug/adyton").places(of: .kernel).count == 2)
    }

    @Test func `takes the first place that has the part`() throws {
        let folder = try TemporaryFolder()
        let prefix = folder.url.resolvingSymlinksInPath().path
        for place in ["lib/adyton/guest", "share/adyton/guest", "named/guest"] {
            try FileManager.default.createDirectory(atPath: "\(prefix)/\(place)", withIntermediateDirectories: true)
        }
        let locator = PartLocator(executable: prefix + "/bin/adyton", namedFolder: prefix + "/named")
        for place in ["share/adyton", "lib/adyton", "named"] {
            let file = "\(prefix)/\(place)/guest/vmlinuz"
            try Data().write(to: URL(filePath: file))
            #expect(try locator.find(.kernel) == file)
        }
    }

    @Test func `says everything that it looked at, a line each`() throws {
        let locator = PartLocator(executable: "/no/such/bin/adyton", namedFolder: "/no/parts")
        let missing = #expect(throws: MissingPart.self) { _ = try locator.find(.kernelModules) }
        #expect(missing?.part == .kernelModules)
        #expect(
            missing?.found == """
                nothing at
                  /no/parts/guest/modules
                  /no/such/lib/adyton/guest/modules
                  /no/such/share/adyton/guest/modules
                """
        )
    }

    @Test func `knows the program that runs`() {
        let locator = PartLocator.ofThisProgram
        #expect(FileManager.default.fileExists(atPath: locator.programFolder))
        #expect(locator.places(of: .kernel).contains(ProjectFolder.root.appending(path: ".deps/kernel/vmlinuz").path))
    }
}
