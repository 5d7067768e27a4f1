import EnclavePackage
import Foundation
import GuestInterface
import Installation
import PackageManifest
import TestSupport
import Testing

/// Which kernels a package takes, and what it says of them.
@Suite(.enabled(if: SampleApplication.isReady, "run Scripts/setup.sh test"))
struct KernelKindTests {
    private static let sealed = GuestMachine.sealedKernel
    private static let sealedDebug = GuestMachine.sealedDebugKernel
    private static let hasSealed = [sealed, sealedDebug].allSatisfy { FileManager.default.fileExists(atPath: $0.path) }
    private static let absence = "make kernel and Scripts/build-kernel.sh debug build the sealed kernels"

    private static func inputs(_ application: SampleApplication, kernel: String) -> PackageBuilder.Inputs {
        var inputs = application.inputs()
        inputs.guest = GuestFiles(
            kernel: kernel,
            initProgram: application.guest.initProgram,
            modules: application.guest.modules
        )
        return inputs
    }

    /// Changes the release in a kernel's header, and nothing else.
    private static func renamed(_ kernel: URL, _ change: (String) -> String, in folder: URL) throws -> String {
        var bytes = try Data(contentsOf: kernel)
        let start = 0x200 + Int(bytes[0x20e]) + Int(bytes[0x20f]) << 8
        let end = try #require(bytes[start...].firstIndex(of: 0))
        let text = Data(change(String(decoding: bytes[start..<end], as: UTF8.self)).utf8)
        try #require(text.count <= end - start)
        bytes.replaceSubrange(start..<end, with: text + Data(count: end - start - text.count))
        let path = folder.appending(path: "kernel-renamed")
        try bytes.write(to: path)
        return path.path
    }

    @Test func `a distribution's kernel is for vtpm alone, and the package says so`() throws {
        let application = try SampleApplication()
        let result = try application.build()
        let kernel = try #require(result.manifest.kernel)
        #expect(kernel.kind == .distribution && result.plan.kernel == .distribution)
        #expect(kernel.release.hasSuffix("-amd64") && kernel.version.hasPrefix("#1 SMP"), "\(kernel)")
        #expect(result.manifest.machine.platforms == [.vtpm])
        #expect(!result.plan.modules.isEmpty)
    }

    @Test(arguments: [#""Platforms": ["snp"]"#, #""Platforms": ["vtpm", "tdx"]"#])
    func `a distribution's kernel on hardware is refused unless the option says so`(platforms: String) throws {
        let application = try SampleApplication(#"{"ApplicationPath": "/bin/app", \#(platforms)}"#)
        let refusal = #expect(throws: PackageError.self) { try application.build() }
        #expect(refusal?.code == .kernelUnsealed)
        for word in ["make kernel", "--kernel", "--unsealed-kernel"] {
            #expect(refusal?.expected?.contains(word) == true, "\(word)")
        }
        var inputs = application.inputs()
        inputs.acceptsUnsealedKernel = true
        let result = try application.build(inputs)
        #expect(result.manifest.kernel?.kind == .unsealed && result.plan.kernel == .unsealed)
        #expect(result.manifest.machine.platforms.contains { $0.isConfidential })
        #expect(!result.plan.modules.isEmpty)
    }

    @Test func `a firmware of hardware asks for a sealed kernel, too`() throws {
        let application = try SampleApplication()
        for path in [\ReferenceMeasurer.snpFirmware, \.tdxFirmware] {
            var inputs = application.inputs()
            inputs.reference[keyPath: path] = "/no/firmware"
            let refusal = #expect(throws: PackageError.self) { try application.build(inputs) }
            #expect(refusal?.code == .kernelUnsealed)
        }
    }

    @Test(.enabled(if: hasSealed, "\(absence)"))
    func `a sealed kernel is for every platform, and needs no module`() throws {
        let application = try SampleApplication()
        let result = try application.build(Self.inputs(application, kernel: Self.sealed.path))
        #expect(result.manifest.kernel?.kind == .sealed && result.plan.kernel == .sealed)
        #expect(result.manifest.machine.platforms == Platform.allCases && result.plan.modules.isEmpty)
    }

    @Test(.enabled(if: hasSealed, "\(absence)"))
    func `a sealed kernel without a console is for no debug package, and the other for nothing else`() throws {
        for (debug, kernel) in [(true, Self.sealed), (false, Self.sealedDebug)] {
            let application = try SampleApplication(#"{"ApplicationPath": "/bin/app", "Debug": \#(debug)}"#)
            let inputs = Self.inputs(application, kernel: kernel.path)
            let refusal = #expect(throws: PackageError.self) { try application.build(inputs) }
            #expect(refusal?.code == .inputInvalid)
        }
    }

    @Test func `a distribution's kernel under the sealed kernel's name is found out`() throws {
        let application = try SampleApplication()
        let path = try Self.renamed(
            SampleApplication.kernel,
            { $0.replacing(/^(\d+\.\d+\.\d+)\S+/) { "\($0.1)-adyton" } },
            in: application.folder.url
        )
        let refusal = #expect(throws: PackageError.self) {
            try application.build(Self.inputs(application, kernel: path))
        }
        // Debian compresses its own by another program, and the text of its release is inside.
        #expect(refusal?.code == .inputInvalid && refusal?.found == "zstd", "\(String(describing: refusal))")
    }

    @Test(.enabled(if: hasSealed, "\(absence)"))
    func `a sealed kernel with a console does not pass for the one without`() throws {
        let application = try SampleApplication()
        let path = try Self.renamed(
            Self.sealedDebug,
            { $0.replacing("-adyton-debug", with: "-adyton") },
            in: application.folder.url
        )
        let refusal = #expect(throws: PackageError.self) {
            try application.build(Self.inputs(application, kernel: path))
        }
        #expect(refusal?.code == .inputInvalid && refusal?.found == "another release", "\(String(describing: refusal))")
    }

    /// Signs and writes a built package, after a change that its tool would not make.
    private static func package(
        _ result: PackageBuilder.Result,
        _ application: SampleApplication,
        kernel: URL? = nil,
        change: (inout Manifest) -> Void = { _ in }
    ) async throws -> SealedPackage {
        var (manifest, sources) = (result.manifest, result.sources)
        if let kernel {
            sources[0] = .bytes(Array(try Data(contentsOf: kernel)))
            manifest.parts[0] = try PackageWriter.describe(Manifest.PartName.kernel, sources[0])
        }
        change(&manifest)
        let path = application.folder.url.appending(path: "app.adyton").path
        try PackageWriter.write(await SignedManifest(manifest, by: Keys.ed25519), sources, to: path, replacing: true)
        return try SealedPackage(opening: path, trusting: .anyone)
    }

    @Test func `a manifest that calls its kernel sealed, or unsealed, differs from the plan`() async throws {
        let application = try SampleApplication()
        let result = try application.build()
        for kind in [LaunchPlan.Kernel.sealed, .unsealed] {
            let package = try await Self.package(result, application) { manifest in
                manifest.kernel = manifest.kernel.map { .init(kind: kind, release: $0.release, version: $0.version) }
            }
            let refusal = #expect(throws: PackageError.self) { try package.launchPlan() }
            #expect(refusal?.code == .manifestMismatch)
        }
    }

    @Test func `a manifest that states another release or date differs from the kernel`() async throws {
        let application = try SampleApplication()
        let result = try application.build()
        let (kind, release) = (LaunchPlan.Kernel.distribution, try #require(result.manifest.kernel?.release))
        for (release, version) in [("9.9.9", result.manifest.kernel?.version ?? ""), (release, "#1 SMP 2099-01-01")] {
            let package = try await Self.package(result, application) {
                $0.kernel = .init(kind: kind, release: release, version: version)
            }
            let refusal = #expect(throws: PackageError.self) { try package.kernel(for: package.launchPlan()) }
            #expect(refusal?.code == .manifestMismatch)
        }
    }

    @Test(.enabled(if: hasSealed, "\(absence)"))
    func `a package with a swapped kernel differs from its plan`() async throws {
        let application = try SampleApplication()
        let sealed = try application.build(Self.inputs(application, kernel: Self.sealed.path))
        for (result, kernel) in [(sealed, SampleApplication.kernel), (try application.build(), Self.sealed)] {
            let package = try await Self.package(result, application, kernel: kernel)
            try package.verifyParts()
            let refusal = #expect(throws: PackageError.self) { try package.kernel(for: package.launchPlan()) }
            #expect(refusal?.code == .manifestMismatch)
        }
    }

    @Test func `a manifest of before kernels had kinds is read`() async throws {
        let application = try SampleApplication()
        let package = try await Self.package(try application.build(), application) { $0.kernel = nil }
        #expect(package.manifest.kernel == nil)
        #expect(try package.kernel(for: package.launchPlan()).kind == .distribution)
    }

    @Test func `an installation's sealed kernel comes first, and debug packages have one of their own`() throws {
        let folder = try TemporaryFolder()
        let locator = PartLocator(executable: "/no/such/bin/adyton", namedFolder: folder.url.path)
        func install(_ part: InstalledPart) throws {
            let url = folder.url.appending(path: part.path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data().write(to: url)
        }
        func found(_ isDebug: Bool, _ kind: LaunchPlan.Kernel? = nil) throws -> String {
            try GuestFiles.find(kernel: nil, initProgram: "/init", modules: nil, locator: locator)
                .kernel(isDebug: isDebug, kind: kind).replacing(folder.url.path + "/", with: "")
        }
        try install(.kernel)
        #expect(try found(false) == InstalledPart.kernel.path && found(true) == InstalledPart.kernel.path)
        try install(.sealedKernel)
        #expect(try found(false) == InstalledPart.sealedKernel.path && found(true) == InstalledPart.kernel.path)
        try install(.sealedDebugKernel)
        #expect(try found(true) == InstalledPart.sealedDebugKernel.path)
        #expect(try found(false, .distribution) == InstalledPart.kernel.path)
        #expect(try found(false, .unsealed) == InstalledPart.kernel.path)
        try FileManager.default.removeItem(atPath: folder.url.appending(path: InstalledPart.kernel.path).path)
        let missing = #expect(throws: PackageError.self) { try found(false, .distribution) }
        #expect(missing?.code == .inputMissing)
    }
}
