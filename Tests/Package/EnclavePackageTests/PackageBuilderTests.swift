import Files
import Foundation
import GuestInterface
import Installation
import ModelPack
import PackageManifest
import RootFileSystem
import TestSupport
import Testing

@testable import EnclavePackage

@Suite(.enabled(if: SampleApplication.isReady, "run Scripts/setup.sh test"))
struct PackageBuilderTests {
    @Test func `a plan says what the configuration says`() async throws {
        let application = try SampleApplication(ConfigurationCases.sample)
        try application.makeFolder("home/user/miniconda/bin")
        try application.write("home/user/miniconda/bin/python3", "#!", permissions: 0o755)
        let package = try await application.package()
        try package.verifyParts()
        let plan = try package.launchPlan()
        #expect(plan.isDebug && package.manifest.isDebug)
        #expect(plan.application.path == "/home/user/miniconda/bin/python3")
        #expect(plan.application.arguments == ["/app/service_app.py"])
        #expect(plan.application.workingDirectory == "/app")
        #expect(plan.modules.count == 8 && plan.modules[0] == "virtio_blk.ko")
        #expect(plan.mounts.count == 2 && plan.network?.gateway == nil)
        #expect(package.manifest.name == "python3")
        #expect(package.manifest.productID == 1 && package.manifest.securityVersion == 1)
        #expect(package.manifest.machine.memoryInBytes == (2048 + 256) << 20)
        #expect(!package.manifest.machine.takesHostArguments && package.manifest.machine.hostEnvironment.isEmpty)
        #expect(package.manifest.referenceValues["vtpm"]?["pcr4"]?.count == 64)
    }

    @Test func `a module goes in without its signature, and nothing else of it is missing`() async throws {
        let mark = Array("~Module signature appended~\n".utf8)
        let module = Array("a module".utf8)
        let signed = module + [1, 2, 3] + [0, 0, 2, 0, 0, 0, 0, 0] + [0, 0, 0, 3] + mark
        #expect(KernelModule.withoutSignature(signed) == module)
        #expect(KernelModule.withoutSignature(module) == module)
        // A length beyond the file, and a mark alone.
        let longer = module + [0, 0, 2, 0, 0, 0, 0, 0] + [0xFF, 0xFF, 0xFF, 0xFF] + mark
        #expect(KernelModule.withoutSignature(longer) == longer)
        #expect(KernelModule.withoutSignature(mark) == mark)

        // What binutils sees of a real one ends where the signature begins.
        let file = SampleApplication.modules.appending(path: "dm-verity.ko")
        let bytes = Array(try Data(contentsOf: file))
        let bare = KernelModule.withoutSignature(bytes)
        #expect(bare.count < bytes.count && bytes.starts(with: bare))
        let readelf = try #require(OutsideTool(named: "readelf"))
        let folder = try TemporaryFolder()
        let copy = folder.url.appending(path: "bare.ko")
        try Data(bare).write(to: copy)
        let header = try await readelf.run(["-h", copy.path])
        let text = String(decoding: header.standardOutput, as: UTF8.self)
        func number(_ name: String) throws -> Int {
            let line = try #require(text.split(separator: "\n").first { $0.contains(name) })
            return try #require(line.split(whereSeparator: { !$0.isNumber }).compactMap { Int($0) }.last { $0 > 0 })
        }
        let start = try number("Start of section headers")
        let sections = try number("Number of section headers") * number("Size of section headers")
        #expect(start + sections == bare.count)
    }

    @Test func `the initramfs holds init, modules and plan, and nothing else, says cpio`() async throws {
        let application = try SampleApplication()
        let package = try await application.package()
        let bytes = try package.read("initramfs", atMost: 16 << 20)
        let cpio = try #require(OutsideTool(named: "cpio"))
        // cpio stops at a trailer, so the plan's segment is looked at by itself.
        let first = try await cpio.run(["-t", "--quiet"], input: Data(bytes))
        let plan = try package.launchPlan()
        let modules = (plan.modules + plan.optionalModules).map { "adyton/modules/\($0)" }.sorted()
        let names = String(decoding: first.standardOutput, as: UTF8.self).split(separator: "\n").map(String.init)
        #expect(names == ["adyton", "adyton/modules"] + modules + ["init"])
        let text = Array(plan.text.utf8)
        let second = bytes.suffix(110 + 14 + text.count + (4 - text.count % 4) % 4 + 124)
        let last = try await cpio.run(["-i", "--to-stdout", "--quiet", "adyton/plan"], input: Data(second))
        #expect(Array(last.standardOutput) == text)
    }

    @Test func `the same input gives the same manifest anywhere`() throws {
        let (one, other) = (try SampleApplication(), try SampleApplication())
        let before = umask(0o077)
        defer { umask(before) }
        let results = [try one.build(), try other.build(), try one.build()]
        #expect(results[0].manifest.text == results[1].manifest.text)
        #expect(results[0].manifest.text == results[2].manifest.text)
        try other.write("bin/app", "#?", permissions: 0o755)
        #expect(try other.build().manifest.text != results[0].manifest.text)
        // Nothing of the work is left beside what was there.
        #expect(Set(try FileManager.default.contentsOfDirectory(atPath: one.folder.url.path)).count == 3)
    }

    @Test(arguments: ["proc", "sys", "dev", "bin/app"])
    func `a root that could not start is refused here and not inside`(missing: String) throws {
        let application = try SampleApplication()
        try application.remove(missing)
        let failure = #expect(throws: PackageError.self) { try application.build() }
        #expect(failure?.code == .rootIncomplete && failure?.subject == "/\(missing)")
    }

    @Test(arguments: [
        (#"{"ApplicationPath": "/bin"}"#, "/bin"),
        (#"{"ApplicationPath": "/bin/app", "CurrentWorkingDirectory": "/no"}"#, "/no"),
        (#"{"ApplicationPath": "/bin/app", "Writable": ["/no"]}"#, "/no"),
        (#"{"ApplicationPath": "/bin/app", "Mount": [{"Target": "/no", "Type": "ramfs"}]}"#, "/no"),
        (#"{}"#, "ApplicationPath"),
    ])
    func `a configuration that the root cannot meet is refused`(text: String, subject: String) throws {
        let failure = #expect(throws: PackageError.self) { try SampleApplication(text).build() }
        #expect(failure?.subject == subject)
    }

    @Test func `all that the root lacks is named at once`() throws {
        let application = try SampleApplication(
            #"{"ApplicationPath": "/bin/none", "CurrentWorkingDirectory": "/no"}"#
        )
        for name in ["proc", "sys"] { try application.remove(name) }
        let failure = #expect(throws: PackageError.self) { try application.build() }
        #expect(failure?.code == .rootIncomplete && failure?.subject == "/proc, /sys, /no, /bin/none")
        #expect(failure?.expected?.contains("mkdir") == true && failure?.expected?.contains("ApplicationPath") == true)
    }

    @Test(arguments: [
        ("./run.sh", "/app/run.sh"), ("tools/run.sh", "/app/tools/run.sh"), ("../bin/app", "/app/../bin/app"),
        ("app", "/bin/app"),
    ])
    func `a relative entry point begins at the working directory, and a bare name is searched for`(
        name: String,
        path: String
    ) throws {
        let application = try SampleApplication("{}")
        try application.makeFolder("app/tools")
        for file in ["app/run.sh", "app/tools/run.sh"] { try application.write(file, "#!", permissions: 0o755) }
        try application.write("appenv.json", #"{"Entrypoint": ["\#(name)", "x"], "WorkingDir": "/app"}"#)
        let plan = try application.build().plan.application
        #expect(plan.path == path && plan.arguments == ["x"] && plan.workingDirectory == "/app")
    }

    @Test func `a relative entry point that is not there is looked for at the working directory`() throws {
        let application = try SampleApplication("{}")
        try application.write("appenv.json", #"{"Entrypoint": ["./run.sh"], "WorkingDir": "/app"}"#)
        let failure = #expect(throws: PackageError.self) { try application.build() }
        #expect(failure?.subject == "./run.sh" && failure?.expected?.contains("/app/run.sh") == true)
    }

    @Test func `an environment has PATH and the user's HOME where nobody says them`() throws {
        let application = try SampleApplication(#"{"ApplicationPath": "/bin/app", "User": "33"}"#)
        let path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        #expect(try application.build().plan.application.environment == ["HOME=/", path])
        try application.makeFolder("etc")
        try application.write("etc/passwd", "root:x:0:0::/root:/bin/sh\nweb:x:33:34::/srv:/bin/sh\n")
        #expect(try application.build().plan.application.environment == ["HOME=/srv", path])
        try application.write("appenv.json", #"{"Env": ["PATH=/x", "HOME=/y"]}"#)
        #expect(try application.build().plan.application.environment == ["PATH=/x", "HOME=/y"])
    }

    @Test(arguments: [
        (#""Ports": [80]"#, LaunchPlan.Readiness.port(80)), (#""Ports": [80, 81]"#, .anyPort([80, 81])),
        (#""Ports": [80], "Readiness": {"Port": 8, "Path": "/r"}"#, .http(port: 8, path: "/r")),
        (#""Ports": []"#, nil),
    ])
    func `ready means that a configured port answers`(keys: String, readiness: LaunchPlan.Readiness?) throws {
        let plan = try SampleApplication(#"{"ApplicationPath": "/bin/app", \#(keys)}"#).build().plan
        #expect(plan.readiness == readiness)
        #expect(LaunchPlan.read(plan.text) == plan)
    }

    @Test(arguments: ["MYST_WANT_TEE_CREDENTIALS=CERT_PEMKEY", "MYST_MEMCHECK=1", "MYST_ANYTHING="])
    func `what Mystikos is told by variables is refused with a reason`(variable: String) throws {
        let name = String(variable.prefix { $0 != "=" })
        let configured = #"{"ApplicationPath": "/bin/app", "EnvironmentVariables": ["\#(variable)"]}"#
        let first = #expect(throws: PackageError.self) { try SampleApplication(configured).build() }
        #expect(first?.code == .configurationUnsupported && first?.expected?.contains(name) == true)
        let application = try SampleApplication()
        try application.write("appenv.json", #"{"Env": ["\#(variable)"]}"#)
        let second = #expect(throws: PackageError.self) { try application.build() }
        #expect(second?.code == .configurationUnsupported && second?.subject.contains(name) == true)
    }

    @Test func `a program is found through links, but not outside of the root`() throws {
        let application = try SampleApplication(#"{"ApplicationPath": "/link/app"}"#)
        #expect(try application.build().plan.application.path == "/link/app")
        let loop = application.tree.appending(path: "loop").path
        try FileManager.default.createSymbolicLink(atPath: loop, withDestinationPath: "loop")
        try application.configure(#"{"ApplicationPath": "/loop/app"}"#)
        #expect(throws: PackageError.self) { try application.build() }
        try application.configure(#"{"ApplicationPath": "/bin/sh"}"#)
        #expect(throws: PackageError.self) { try application.build() }
    }

    @Test func `an image's own words count where the configuration is silent`() throws {
        let application = try SampleApplication(#"{"EnvironmentVariables": ["A=ours", "C=3"]}"#)
        try application.makeFolder("etc")
        try application.write("etc/passwd", "root:x:0:0::/:/bin/sh\nweb:x:33:34::/:/bin/sh\n")
        try application.write(
            "appenv.json",
            """
            {"Env": ["A=1", "B=2", "PATH=/usr/bin:/bin"], "WorkingDir": "/app", "Entrypoint": ["app", "-x"],
             "Cmd": ["y"], "User": "web", "ExposedPorts": {"8000/tcp": {}, "53/udp": {}}, "Labels": null}
            """
        )
        let result = try application.build()
        let plan = result.plan.application
        #expect(plan.path == "/bin/app" && plan.arguments == ["-x", "y"])
        #expect(plan.environment == ["HOME=/", "B=2", "PATH=/usr/bin:/bin", "A=ours", "C=3"])
        #expect(plan.workingDirectory == "/app" && plan.user == 33 && plan.group == 34)
        #expect(result.manifest.machine.ports == [8000])
        try application.configure(#"{"ApplicationParameters": ["z"], "User": "7:8", "Ports": [1]}"#)
        let other = try application.build()
        #expect(other.plan.application.arguments == ["-x", "z"] && other.plan.application.user == 7)
        #expect(other.manifest.machine.ports == [1])
    }

    @Test func `what the host may bring in is what the configuration names`() throws {
        let text =
            #"{"ApplicationPath": "/bin/app", "HostApplicationParameters": 1, "HostEnvironmentVariables": ["L"]}"#
        let result = try SampleApplication(text).build()
        #expect(result.plan.application.takesHostArguments && result.plan.application.hostEnvironment == ["L"])
        #expect(result.manifest.machine.takesHostArguments && result.manifest.machine.hostEnvironment == ["L"])
    }

    @Test func `an image is taken only where somebody vouches for it`() throws {
        let application = try SampleApplication()
        let image = try application.image("root.img")
        let none = #expect(throws: PackageError.self) {
            try application.build(application.inputs(.image(image.path, ImageTrust())))
        }
        #expect(none?.code == .rootUntrusted)
        var trust = ImageTrust()
        trust.rootHashes = [image.rootHash]
        let result = try application.build(application.inputs(.image(image.path, trust)))
        #expect(result.manifest.root?.rootHash == image.rootHash)
        let file = try Descriptor(opening: image.path, flags: O_RDWR)
        try file.write([1], at: 5 << 20)
        let changed = #expect(throws: PackageError.self) {
            try application.build(application.inputs(.image(image.path, trust)))
        }
        #expect(changed?.code == .inputInvalid)
    }

    @Test func `a further image becomes a further disk`() throws {
        let text =
            #"{"ApplicationPath": "/bin/app", "Mount": [{"Target": "/models", "Type": "ext2", "RootHash": "HASH"}]}"#
        let application = try SampleApplication(text)
        let image = try application.image("models.img")
        try application.configure(text.replacing("HASH", with: image.rootHash))
        #expect(throws: PackageError.self) { try application.build() }
        var inputs = application.inputs()
        inputs.mounts["/models"] = image.path
        let result = try application.build(inputs)
        #expect(result.manifest.disks.map(\.name) == ["root.img", "mount-1.img"])
        guard case .image("/models", "b", let volume) = result.plan.mounts[0] else {
            Issue.record("no image is mounted")
            return
        }
        #expect(volume.rootHash == image.rootHash)
        // Without the first slash, and in Mystikos's order.
        for mounts in [["models": image.path], [image.path: "/models"]] {
            inputs.mounts = mounts
            #expect(try application.build(inputs).plan == result.plan)
        }
        // An image that nobody has sealed has no root hash that could be named.
        let plain = application.folder.url.appending(path: "plain.img")
        try Data(count: 1 << 20).write(to: plain)
        inputs.mounts = ["/models": plain.path]
        let unsealed = #expect(throws: PackageError.self) { try application.build(inputs) }
        #expect(unsealed?.subject == plain.path && unsealed?.expected?.contains("adyton mkext2") == true)
        inputs.mounts = ["/models": image.path]
        try application.configure(text.replacing("HASH", with: String(repeating: "ab", count: 32)))
        let failure = #expect(throws: PackageError.self) { try application.build(inputs) }
        #expect(failure?.code == .rootUntrusted)
        inputs.mounts["/other"] = image.path
        #expect(throws: PackageError.self) { try application.build(inputs) }
    }

    @Test func `a model pack's digest is that of its folder`() throws {
        let application = try SampleApplication(#"{"ApplicationPath": "/bin/app", "ModelPacks": ["/models/flags"]}"#)
        let pack = ProjectFolder.root.appending(path: "Models/signal-flags")
        let copy = application.tree.appending(path: "models/flags")
        try FileManager.default.copyItem(at: pack, to: copy)
        let entry = try #require(try application.build().manifest.modelPacks.first)
        #expect(entry.digest == "\(try ModelPack(opening: pack).digest)" && entry.name == "signal-flags")
        try application.write("models/flags/extra", "x")
        #expect(throws: PackageError.self) { try application.build() }
        try application.remove("models/flags/extra")
        try application.write("models/flags/labels.txt", "x")
        #expect(throws: PackageError.self) { try application.build() }
    }

    @Test func `a dump reads the root's files in place`() async throws {
        let package = try await SampleApplication().package()
        let entries = try package.rootContents().entries()
        let program = try #require(EntryPath(checking: Array("bin/app".utf8)))
        #expect(entries.contains { $0.path == program })
        #expect(try package.rootContents().content(of: program, atMost: 10) == Array("#!".utf8))
        #expect(try package.rootContents().content(of: program, atMost: 1) == nil)
    }

    @Test func `another signature changes nothing else`() async throws {
        let application = try SampleApplication()
        let package = try await application.package()
        let path = application.folder.url.appending(path: "other.adyton").path
        try package.write(await SignedManifest(package.manifest, by: Keys.rsaPSS), to: path, replacing: false)
        let other = try SealedPackage(opening: path, trusting: .only([Keys.rsaPSS.publicKey.identity]))
        try other.verifyParts()
        #expect(other.manifestBytes == package.manifestBytes)
        #expect(other.parts.map(\.sha256) == package.parts.map(\.sha256))
    }

    @Test func `a sample of flipped bits in a large package is refused by the right name`() async throws {
        let application = try SampleApplication()
        let package = try await application.package()
        let path = application.folder.url.appending(path: "app.adyton").path
        let file = try Descriptor(opening: path, flags: O_RDWR)
        var generator = SystemRandomNumberGenerator()
        for part in package.parts {
            for _ in 0..<3 {
                let place = Int.random(in: part.offset..<part.offset + part.size, using: &generator)
                var byte: [UInt8] = [0]
                _ = try file.read(into: &byte, count: 1, at: place)
                try file.write([byte[0] ^ UInt8(1 << Int.random(in: 0..<8))], at: place)
                #expect(SamplePackage.failure(at: path)?.subject == part.name, "byte \(place)")
                try file.write(byte[...], at: place)
            }
        }
        #expect(SamplePackage.failure(at: path) == nil)
    }

    @Test func `names what is missing and what to run`() throws {
        let application = try SampleApplication()
        let failure = #expect(throws: PackageError.self) {
            try GuestFiles.find(
                kernel: nil,
                initProgram: "/none",
                modules: "/none",
                locator: PartLocator(executable: "/no/such/bin/adyton")
            )
        }
        #expect(failure?.code == .inputMissing && failure?.expected?.contains("setup.sh") == true)
        #expect(failure?.found?.hasSuffix("\n  /no/such/share/adyton/guest/vmlinuz") == true)
        var inputs = application.inputs()
        inputs.guest = GuestFiles(kernel: application.configuration, initProgram: "/none", modules: "/none")
        let kernel = #expect(throws: PackageError.self) { try application.build(inputs) }
        #expect(kernel?.code == .inputInvalid)
        inputs.guest = GuestFiles(
            kernel: SampleApplication.kernel.path,
            initProgram: application.guest.initProgram,
            modules: application.folder.url.path
        )
        let modules = #expect(throws: PackageError.self) { try application.build(inputs) }
        #expect(modules?.code == .inputMissing && modules?.subject.hasSuffix("virtio_blk.ko.xz") == true)
    }
}
