import Machine
import PackageManifest
import Testing

@testable import MachineLaunch

@Suite struct PlatformChoiceTests {
    private func choice(_ host: LaunchHost) -> PlatformChoice {
        PlatformChoice(host: host, programs: HostPrograms.Choice())
    }

    @Test(arguments: [
        ([Platform.snp, .tdx], Platform.snp), ([.tdx], .tdx), ([.snp], .snp), ([], .vtpm),
    ])
    func `takes hardware before a virtual TPM, SEV-SNP first`(
        launchable: [Platform],
        expected: Platform
    ) throws {
        let host = FakeHost.host(launchable: Set(launchable))
        #expect(try choice(host).platform(allowed: [.snp, .tdx, .vtpm], wanted: nil) == expected)
    }

    @Test func `does not take what the package was not made for`() throws {
        let host = FakeHost.host(launchable: [.snp, .tdx])
        #expect(try choice(host).platform(allowed: [.tdx, .vtpm], wanted: nil) == .tdx)
        #expect(try choice(host).platform(allowed: [.vtpm], wanted: nil) == .vtpm)
        let error = #expect(throws: LaunchError.self) {
            try choice(host).platform(allowed: [.snp, .vtpm], wanted: .tdx)
        }
        #expect(error?.code == .platformNotAllowed && error?.found == "tdx")
        #expect(error?.expected == "what the package was made for: snp, vtpm")
    }

    @Test func `a platform that was asked for is never replaced by a weaker one`() throws {
        let host = FakeHost.host()
        #expect(try choice(host).platform(allowed: [.snp, .tdx, .vtpm], wanted: .snp) == .snp)
        // The launch of the one that is left says what is missing.
        #expect(try choice(host).platform(allowed: [.tdx], wanted: nil) == .tdx)
    }

    @Test func `hardware without its programs does not count`() throws {
        let host = FakeHost.host(launchable: [.snp, .tdx], withoutPrograms: [.snp])
        #expect(choice(host).confidential(among: [.snp, .tdx]) == .tdx)
        #expect(choice(host).confidential(among: [.snp, .vtpm]) == nil)
    }

    @Test func `confidential machines run on KVM, and no probe is made`() {
        let host = FakeHost.host(accelerator: .init(accelerator: .tcg, reason: "none", isNew: true))
        var notices: [LaunchNotice] = []
        let found = choice(host).accelerator(for: .tdx, FakeHost.programs, wanted: nil) { notices.append($0) }
        #expect(found == .kvm && notices.isEmpty)
    }

    @Test(arguments: [true, false])
    func `software emulation is announced once`(isNew: Bool) {
        let host = FakeHost.host(accelerator: .init(accelerator: .tcg, reason: "/dev/kvm is missing", isNew: isNew))
        var notices: [LaunchNotice] = []
        let found = choice(host).accelerator(for: .vtpm, FakeHost.programs, wanted: nil) { notices.append($0) }
        #expect(found == .tcg)
        #expect(notices == (isNew ? [.softwareEmulation(reason: "/dev/kvm is missing")] : []))
        let chosen = choice(host).accelerator(for: .vtpm, FakeHost.programs, wanted: .kvm) { notices.append($0) }
        #expect(chosen == .kvm)
    }
}
