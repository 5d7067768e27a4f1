import Attestation
import Diagnostics
import EnclavePackage
import Files
import Foundation
import Machine
import PackageManifest
import RootFileSystem
import StrictJSON
import TestSupport
import Testing

@testable import MachineLaunch

@Suite(.enabled(if: SampleRoot.isReady, "run Scripts/setup.sh run"))
struct PackageTests {
    @Test func `a machine of a package is as the package says`() async throws {
        let package = try await SampleRoot().package()
        var options = LaunchOptions()
        options.name = "oracle"
        options.ports = [.init(hostPort: 9000, guestPort: 8443)]
        let planned = try PackagedMachine(package, options: options)
            .planned(on: nil, host: FakeHost.host(launchable: [.tdx])) { _ in }
        let machine = planned.description
        #expect(machine.name == "oracle" && machine.platform == .tdx && machine.accelerator == .kvm)
        #expect(machine.commandLine == package.manifest.commandLine && !machine.isDebug)
        #expect(machine.network?.ports == [.init(hostPort: 9000, guestPort: 8443)])
        #expect(machine.offer.manifest == Base64Bytes(package.manifestBytes))
        let root = try package.part(Manifest.PartName.root)
        #expect(machine.disks == [.init(offset: root.offset, size: root.size)])
        #expect(planned.files.count == 3)
        let kernel = try planned.files[0].readAll(atMost: 64 << 20)
        #expect(try Data(kernel) == Data(contentsOf: SampleRoot.kernel))
    }

    @Test func `an image that is given at run time has its place, and the root hash that the package pins`()
        async throws
    {
        let root = try SampleRoot(
            """
            {"ApplicationPath": "/bin/app", "Mount": [
              {"Target": "/a", "Type": "ext2", "Source": "a.img", "AtRun": true},
              {"Target": "/b", "Type": "ext2", "Source": "b.img"},
              {"Target": "/c", "Type": "ext2", "Source": "c.img", "AtRun": true}]}
            """
        )
        var images: [String: String] = [:]
        var inputs = PackageBuilder.Inputs(
            configuration: root.configuration,
            root: .folder(root.tree.path),
            guest: root.guest
        )
        for name in ["a", "b", "c"] {
            let tree = root.folder.url.appending(path: "tree-\(name)")
            try FileManager.default.createDirectory(at: tree, withIntermediateDirectories: true)
            try Data(name.utf8).write(to: tree.appending(path: "file"))
            let image = root.folder.url.appending(path: "\(name).img").path
            let block = try Ext2Writer.write(tree.path, to: image)
            inputs.trust.rootHashes.insert(Hexadecimal.text(block.rootHash))
            images[name] = image
            try FileManager.default.createDirectory(
                at: root.tree.appending(path: name),
                withIntermediateDirectories: true
            )
        }
        let result = try PackageBuilder(inputs).build(in: root.folder.url.path)
        #expect(result.manifest.disks.map(\.name) == ["root.img", "mount-1.img"])
        let path = root.folder.url.appending(path: "app.adyton").path
        let signer = try PrivateKey(generating: .ed25519)
        let signed = try await SignedManifest(result.manifest, by: signer)
        try PackageWriter.write(signed, result.sources, to: path, replacing: true)
        let package = try SealedPackage(opening: path, trusting: .anyone)
        func planned(_ mounts: [String]) throws -> PlannedMachine {
            var options = LaunchOptions()
            options.mounts = MountedImages(mounts.compactMap { MountedImages.Pair($0) })
            return try PackagedMachine(package, options: options).planned(on: .vtpm, host: FakeHost.host()) { _ in }
        }
        let (a, b, c) = (try #require(images["a"]), try #require(images["b"]), try #require(images["c"]))
        // The name with or without its slash, and Mystikos's order.
        let machine = try planned(["/a=\(a)", "\(c)=/c"])
        let size = { (path: String) in try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int }
        let carried = try package.part("mount-1.img")
        #expect(machine.description.disks.count == 4 && machine.files.count == 6)
        #expect(machine.description.disks[1].offset == 0 && machine.description.disks[3].offset == 0)
        #expect(machine.description.disks[2] == .init(offset: carried.offset, size: carried.size))
        #expect(try machine.description.disks[1].size <= #require(try size(a)))
        let missing = #expect(throws: LaunchError.self) { try planned(["a=\(a)"]) }
        #expect(missing?.code == .mountMissing && missing?.subject.contains("/c") == true)
        let stray = #expect(throws: LaunchError.self) { try planned(["a=\(a)", "c=\(c)", "b=\(b)"]) }
        #expect(stray?.code == .mountNotTaken && stray?.found == "b")
        let wrong = #expect(throws: RootFileSystemError.self) { try planned(["a=\(b)", "c=\(c)"]) }
        #expect(wrong?.code == .rootUntrusted)
    }

    @Test func `a package takes no more from its host than it says`() async throws {
        let package = try await SampleRoot().package()
        let arguments = #expect(throws: LaunchError.self) {
            _ = try PackagedMachine(package, options: LaunchOptions(), arguments: ["--verbose"])
        }
        #expect(arguments?.code == .argumentsNotTaken && arguments?.found == "--verbose")
        var options = LaunchOptions()
        options.environment = ["LOG=debug"]
        let variable = #expect(throws: LaunchError.self) { _ = try PackagedMachine(package, options: options) }
        #expect(variable?.code == .variableNotTaken && variable?.found == "LOG")
    }

    @Test func `a package that takes arguments and variables gets them`() async throws {
        let package = try await SampleRoot(
            #"{"ApplicationPath": "/bin/app", "HostApplicationParameters": true, "HostEnvironmentVariables": ["LOG"]}"#
        ).package()
        var options = LaunchOptions()
        options.environment = ["LOG=debug"]
        let machine = try PackagedMachine(package, options: options, arguments: ["-v"])
            .planned(on: .vtpm, host: FakeHost.host()) { _ in }.description
        #expect(machine.offer.arguments == ["-v"] && machine.offer.environment == ["LOG=debug"])
    }

    @Test func `sources give the same package, and a change is named`() async throws {
        let root = try SampleRoot()
        let package = try await root.package()
        let rebuild = PackageRebuild(folder: root.tree.path, guest: root.guest, tree: root.options)
        #expect(try rebuild.difference(from: package) == nil)
        try root.write("bin/app", "#!changed")
        let difference = try #require(try rebuild.difference(from: package))
        #expect(difference.subject.hasPrefix("root.img: ") && difference.subject.hasSuffix("bin/app"), "\(difference)")
    }

    @Test func `a rebuild takes the configuration that it is given`() async throws {
        let root = try SampleRoot()
        let package = try await root.package()
        let other = root.folder.url.appending(path: "other.json")
        try Data(#"{"ApplicationPath": "/bin/app", "Ports": [8443], "MemorySize": "900m"}"#.utf8).write(to: other)
        let rebuild = PackageRebuild(
            folder: root.tree.path,
            configuration: other.path,
            guest: root.guest,
            tree: root.options
        )
        #expect(try rebuild.difference(from: package) != nil)
    }

    @Test func `a policy sees the measurements that follow from the parts`() async throws {
        let root = try SampleRoot()
        let package = try await root.package()
        let examined = try ExaminedPackage(opening: package.file.name, trusting: .anyone)
        #expect(examined.facts.digest.count == 64 && !examined.facts.isDebug)
        #expect(examined.values.platforms[.developerVtpm]?["pcr4"]?.count == 1)
        let stranger = try PrivateKey(generating: .ed25519).publicKey.identity
        #expect(throws: PackageError.self) {
            try ExaminedPackage(opening: package.file.name, trusting: .only([stranger]))
        }
        withExtendedLifetime(root) {}
    }

    @Test func `a developer's policy names one platform, one root and one machine`() throws {
        let root = try SampleRoot()
        let policy = DeveloperPolicy(
            name: "dev",
            kernel: SampleRoot.kernel.path,
            initialFileSystem: [1, 2, 3],
            commandLine: "quiet",
            needs: MachineRequirements(memoryInBytes: 512 << 20)
        )
        let made = try policy.policy(under: String(repeating: "ab", count: 32))
        #expect(made.name == "dev" && Array(made.platforms.keys) == [.developerVtpm])
        #expect(made.platforms[.developerVtpm]?.roots == [String(repeating: "ab", count: 32)])
        #expect(made.platforms[.developerVtpm]?.measurements.isEmpty == false)
        #expect(made.insecurityWarning?.hasPrefix("INSECURE") == true)
        let path = root.folder.url.appending(path: "policy.json").path
        let authority = root.folder.url.appending(path: "authority").path
        try policy.write(to: path, replacing: false, authorityFolder: authority)
        #expect(throws: PackageError.self) { try policy.write(to: path, replacing: false, authorityFolder: authority) }
        #expect(try AppraisalPolicy(reading: URL(filePath: path)).platforms[.developerVtpm]?.roots.count == 1)
    }

    @Test func `a machine without a package is described by its configuration`() throws {
        let root = try SampleRoot()
        var configuration = PackageConfiguration()
        configuration.applicationPath = "/bin/app"
        configuration.isDebug = true
        var machine = UnpackagedMachine(root: root.tree.path, configuration: configuration, guest: root.guest)
        machine.tree = root.options
        var notices: [LaunchNotice] = []
        let planned = try machine.planned(on: nil, host: FakeHost.host()) { notices.append($0) }
        #expect(notices == [.noConfidentialPlatform])
        #expect(planned.description.platform == .vtpm && planned.description.isDebug)
        #expect(planned.description.name.hasPrefix("app-") && planned.files.count == 3)
        #expect(planned.commandLine().contains("/fake/qemu"))
        machine.insecurePolicy = root.folder.url.appending(path: "policy.json").path
        let error = #expect(throws: LaunchError.self) {
            try machine.planned(on: .tdx, host: FakeHost.host(launchable: [.tdx])) { _ in }
        }
        #expect(error?.code == .policyNotPossible)
        machine.insecurePolicy = nil
        let refusal = #expect(throws: PackageError.self) {
            try machine.planned(on: .tdx, host: FakeHost.host(launchable: [.tdx])) { _ in }
        }
        #expect(refusal?.code == .kernelUnsealed)
        machine.acceptsUnsealedKernel = true
        let unsealed = try machine.planned(on: .tdx, host: FakeHost.host(launchable: [.tdx])) { _ in }
        #expect(unsealed.description.platform == .tdx)
    }
}
