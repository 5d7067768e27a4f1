import Foundation
import Machine
import PackageManifest
import TestSupport
import Testing

@testable import MachineLaunch

@Suite struct PreparationTests {
    private func planned(_ platform: Platform) -> PlannedMachine {
        PlannedMachine(
            description: MachineDescription(
                name: "m",
                platform: platform,
                accelerator: .kvm,
                programs: FakeHost.programs,
                commandLine: ""
            ),
            files: []
        )
    }

    @Test func `names everything that hardware lacks`() throws {
        let folder = try TemporaryFolder()
        var machine = planned(.snp)
        let error = #expect(throws: MachineError.self) {
            try machine.prepare(on: FakeHost.host(launchable: [.tdx]), authorityFolder: folder.url.path) { _ in }
        }
        #expect(error?.code == .hardwareMissing)
        let missing = ["a processor with SEV-SNP", "/dev/sev", "SEV-SNP in the kernel"]
        #expect(missing.allSatisfy { error?.expected?.contains($0) == true }, "\(error?.expected ?? "")")
        #expect(error?.expected?.contains("/dev/kvm") == false)
    }

    @Test func `hardware that is there needs no developer's authority`() throws {
        let folder = try TemporaryFolder()
        let place = folder.url.appending(path: "authority").path
        var machine = planned(.tdx)
        try machine.prepare(on: FakeHost.host(launchable: [.tdx]), authorityFolder: place) { _ in }
        #expect(machine.description.authorityFolder == nil && !FileManager.default.fileExists(atPath: place))
    }

    @Test func `the authority is made on first use, and announced then`() throws {
        let folder = try TemporaryFolder()
        let place = folder.url.appending(path: "authority").path
        var notices: [LaunchNotice] = []
        for _ in 0..<2 {
            var machine = planned(.vtpm)
            try machine.prepare(on: FakeHost.host(), authorityFolder: place) { notices.append($0) }
            #expect(machine.description.authorityFolder == place)
        }
        #expect(notices.count == 1)
        guard case .authorityMade(let fingerprint, place)? = notices.first else {
            Issue.record("\(notices)")
            return
        }
        #expect(fingerprint.count == 64)
    }

    @Test func `takes free ports for those that nobody chose`() throws {
        let folder = try TemporaryFolder()
        var machine = planned(.tdx)
        machine.description.network = .init(ports: [.init(hostPort: 0, guestPort: 80)])
        try machine.prepare(on: FakeHost.host(launchable: [.tdx]), authorityFolder: folder.url.path) { _ in }
        #expect((machine.description.network?.ports.first?.hostPort ?? 0) > 0)
    }
}
