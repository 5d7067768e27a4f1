import Foundation
import Machine
import PackageManifest
import TestSupport
import Testing

struct RuntimeFolderTests {
    @Test(arguments: ["", ".", "..", "-a", ".a", "a/b", "a b", "ä", String(repeating: "a", count: 65)])
    func `what is no name is refused`(name: String) {
        #expect(!RuntimeFolder.isName(name))
    }

    @Test(arguments: ["a", "A-1_b.c", String(repeating: "a", count: 64)])
    func `a plain name is one`(name: String) {
        #expect(RuntimeFolder.isName(name))
    }

    @Test func `a folder that others may use is not used`() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder.url.path)
        let inner = folder.url.appending(path: "adyton")
        try FileManager.default.createDirectory(
            at: inner,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o777]
        )
        // The process's own mask must not make it harmless.
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: inner.path)
        let error = #expect(throws: MachineError.self) {
            try RuntimeFolder(environment: ["XDG_RUNTIME_DIR": folder.url.path])
        }
        #expect(error?.code == .folderUnsafe)
    }

    @Test func `what a dead supervisor left is removed by whoever looks next`() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder.url.path)
        let root = try RuntimeFolder(environment: ["XDG_RUNTIME_DIR": folder.url.path])
        let dead = URL(filePath: root.path).appending(path: "dead")
        try FileManager.default.createDirectory(at: dead, withIntermediateDirectories: false)
        try Data().write(to: dead.appending(path: "lock"))
        #expect(root.machines().isEmpty)
        #expect(!FileManager.default.fileExists(atPath: dead.path))
    }
}

struct AcceleratorProbeTests {
    /// A QEMU that does what a script says, and counts how often it was asked.
    ///
    /// Only one that hangs is given little time: how fast a script runs is not what these tests are about.
    private static func probe(
        _ script: String,
        in folder: URL,
        device: String = "/dev/null",
        limitInMilliseconds: Int32 = 120_000
    ) async throws -> AcceleratorProbe {
        let qemu = folder.appending(path: "qemu")
        // Written by another process: a program that is open for writing here, and so in what another test starts at
        // that moment, cannot be run ("text file busy").
        try await Shell.run(
            """
            cat > '\(qemu.path)' <<'END'
            #!/bin/sh
            echo >> '\(folder.path)/asked'
            \(script)
            END
            chmod 755 '\(qemu.path)'
            """
        )
        return AcceleratorProbe(
            qemu: qemu.path,
            environment: ["HOME": folder.path],
            device: device,
            limitInMilliseconds: limitInMilliseconds
        )
    }

    @Test(arguments: [
        ("exit 85", Accelerator.kvm, ""), ("echo no rights >&2; exit 1", .tcg, "status 1: no rights"),
        ("exit 0", .tcg, "status 0"), ("kill -ABRT $$", .tcg, "signal 6"), ("exec sleep 600", .tcg, "hangs"),
    ])
    func `KVM counts only when a guest ran on it`(script: String, accelerator: Accelerator, reason: String) async throws
    {
        let folder = try TemporaryFolder()
        let limit: Int32 = reason == "hangs" ? 5000 : 120_000
        let probe = try await Self.probe(script, in: folder.url, limitInMilliseconds: limit)
        let (answer, isNew) = probe.answer()
        #expect(isNew)
        #expect(answer.accelerator == accelerator)
        #expect(reason.isEmpty ? answer.reason == nil : answer.reason?.contains(reason) == true)
        // The second time it is remembered.
        let (again, isNewAgain) = probe.answer()
        #expect(again == answer)
        #expect(!isNewAgain)
        #expect(try Data(contentsOf: folder.url.appending(path: "asked")).count == 1)
    }

    @Test func `a machine that never came up on KVM is the last one that is tried so`() async throws {
        let folder = try TemporaryFolder()
        let probe = try await Self.probe("exit 85", in: folder.url)
        #expect(probe.answer().answer.accelerator == .kvm)
        probe.distrust()
        #expect(probe.answer().answer.accelerator == .tcg)
    }

    @Test func `without the device nothing is started`() async throws {
        let folder = try TemporaryFolder()
        let probe = try await Self.probe("exit 85", in: folder.url, device: "/dev/no-such-device")
        #expect(probe.answer().answer.reason?.contains("missing") == true)
        #expect(!FileManager.default.fileExists(atPath: folder.url.appending(path: "asked").path))
    }
}

struct EmulatorVersionTests {
    @Test(arguments: [
        ("QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)\nCopyright (c)", false),
        ("QEMU emulator version 8.0.5", false), ("QEMU emulator version 8.1.0 (v8.1.0)", true),
        ("QEMU emulator version 10.0.2 (Debian 1:10.0.2+ds-2)\n", true),
    ])
    func `threads translate side by side from 8.1 on`(text: String, isSafe: Bool) {
        #expect(EmulatorVersion(text: text)?.hasSafeTranslationThreads == isSafe)
    }

    @Test(arguments: ["", "version", "QEMU emulator version", "version 8", "version x.y", "usage\nversion 9.0"])
    func `other words are no version`(text: String) {
        #expect(EmulatorVersion(text: text) == nil)
    }

    @Test func `a program is asked, and one that says nothing has none`() async throws {
        let folder = try TemporaryFolder()
        let script = "printf '#!/bin/sh\necho QEMU emulator version 9.2.1\n' >qemu; chmod 755 qemu"
        try await Shell.run("cd '\(folder.url.path)'; \(script)")
        let qemu = folder.url.appending(path: "qemu").path
        #expect(EmulatorVersion.ofProgram(qemu) == EmulatorVersion(major: 9, minor: 2))
        #expect(EmulatorVersion.ofProgram("/bin/true") == nil)
        #expect(EmulatorVersion.ofProgram("/nowhere/qemu") == nil)
    }
}

struct HostFactsTests {
    private static var everything: HostFacts {
        var facts = HostFacts()
        facts.hasKvm = true
        facts.hasSecureProcessor = true
        facts.knowsSnp = true
        facts.offersSnp = true
        facts.offersTdx = true
        facts.qemuObjects = ["sev-snp-guest", "tdx-guest"]
        facts.firmwareFeatures = [.kernelHashes, .snp, .tdx]
        return facts
    }

    @Test func `a host with everything lacks nothing`() {
        for platform in Platform.allCases { #expect(Self.everything.lacks(for: platform).isEmpty) }
        #expect(HostFacts().lacks(for: .vtpm).isEmpty)
    }

    @Test func `each thing that is missing is named, and only that`() {
        let changes: [(Platform, String, (inout HostFacts) -> Void)] = [
            (.snp, "a processor with SEV-SNP", { $0.knowsSnp = false }),
            (.snp, "/dev/sev", { $0.hasSecureProcessor = false }),
            (.snp, "SEV-SNP in the kernel", { $0.offersSnp = false }), (.snp, "/dev/kvm", { $0.hasKvm = false }),
            (.snp, "a QEMU that knows sev-snp-guest", { $0.qemuObjects = ["tdx-guest"] }),
            (.snp, "a firmware for SEV-SNP with kernel hashes", { $0.firmwareFeatures = [.snp] }),
            (.tdx, "TDX in the kernel", { $0.offersTdx = false }), (.tdx, "/dev/kvm", { $0.hasKvm = false }),
            (.tdx, "a QEMU that knows tdx-guest", { $0.qemuObjects = nil }),
            (.tdx, "a firmware for TDX", { $0.firmwareFeatures = nil }),
        ]
        for (platform, what, change) in changes {
            var facts = Self.everything
            change(&facts)
            #expect(facts.lacks(for: platform).map(\.what) == [what])
        }
    }
}

struct HostProgramsTests {
    @Test func `what is missing is named with what to do`() throws {
        let folder = try TemporaryFolder()
        let nowhere = ["PATH": folder.url.path]
        let missing = #expect(throws: MachineError.self) { try HostPrograms.find(for: .vtpm, environment: nowhere) }
        #expect(missing?.code == .programMissing)
        #expect(missing?.expected?.contains("apt-get install qemu-system-x86") == true)
        var choice = HostPrograms.Choice()
        choice.qemu = "/bin/true"
        let tpm = #expect(throws: MachineError.self) {
            try HostPrograms.find(for: .vtpm, choice: choice, environment: nowhere)
        }
        #expect(tpm?.subject == "swtpm")
        choice.swtpm = "/bin/true"
        choice.firmware = folder.url.appending(path: "none.fd").path
        let firmware = #expect(throws: MachineError.self) {
            try HostPrograms.find(for: .vtpm, choice: choice, environment: nowhere)
        }
        #expect(firmware?.code == .firmwareMissing)
        choice.firmware = "/bin/true"
        #expect(try HostPrograms.find(for: .tdx, choice: choice, environment: nowhere).swtpm == nil)
    }
}

struct HostPortTests {
    @Test func `a free port is chosen, and one that is taken is refused`() throws {
        var network = MachineDescription.Network(ports: [
            MachineDescription.Port(hostPort: 0, guestPort: 1), MachineDescription.Port(hostPort: 0, guestPort: 2),
        ])
        try network.choosePorts()
        let ports = network.ports.map(\.hostPort)
        #expect(ports.allSatisfy { $0 > 0 })
        #expect(ports[0] != ports[1])
        let taken = MachineDescription.Port(hostPort: ports[0], guestPort: 1)
        var twice = MachineDescription.Network(ports: [taken, taken])
        let error = #expect(throws: MachineError.self) { try twice.choosePorts() }
        #expect(error?.code == .portTaken)
        var nowhere = MachineDescription.Network(ports: [
            MachineDescription.Port(hostAddress: "localhost,x", hostPort: 0, guestPort: 1)
        ])
        #expect(throws: MachineError.self) { try nowhere.choosePorts() }
    }
}
