import Foundation
import TestSupport
import Testing

@testable import EnclavePackage

struct KernelModuleListTests {
    @Test func `an installation has every module that a package may carry`() throws {
        let list = ProjectFolder.root.appending(path: "Scripts/requirements/modules.txt")
        let names = try String(contentsOf: list, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(names.map(String.init) == KernelModule.needed + [KernelModule.overlay] + KernelModule.optional)
    }
}
