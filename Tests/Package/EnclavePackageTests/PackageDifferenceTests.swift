import EnclavePackage
import Foundation
import PackageManifest
import TestSupport
import Testing

@Suite(.enabled(if: SampleApplication.isReady, "run Scripts/setup.sh test"))
struct PackageDifferenceTests {
    private static func difference(
        _ application: SampleApplication,
        _ package: SealedPackage,
        _ change: (inout PackageBuilder.Inputs) throws -> Void
    ) throws -> PackageDifference? {
        var inputs = application.inputs()
        try change(&inputs)
        return try PackageDifference.between(package, application.build(inputs))
    }

    @Test func `the same sources give no difference`() async throws {
        let application = try SampleApplication()
        let package = try await application.package()
        #expect(try Self.difference(application, package) { _ in } == nil)
        let values = try package.referenceValues(by: ReferenceMeasurer())
        #expect(values == package.manifest.referenceValues)
    }

    @Test func `the first difference is named by its file or its line`() async throws {
        let application = try SampleApplication()
        let package = try await application.package()
        let plan = try Self.difference(application, package) { _ in
            try application.configure(#"{"ApplicationPath": "/bin/app", "Hostname": "other"}"#)
        }
        #expect(plan?.subject == "launch plan, line 4" && plan?.rebuilt == "hostname other")
        let number = try Self.difference(application, package) { _ in
            try application.configure(#"{"ApplicationPath": "/bin/app", "ProductID": 3}"#)
        }
        #expect(number?.subject == "config.json")
        let kernel = try Self.difference(application, package) { inputs in
            let copy = application.folder.url.appending(path: "kernel")
            var bytes = try Data(contentsOf: SampleApplication.kernel)
            bytes[1 << 20] ^= 1
            try bytes.write(to: copy)
            inputs.guest = GuestFiles(
                kernel: copy.path,
                initProgram: inputs.guest.initProgram,
                modules: inputs.guest.modules
            )
        }
        #expect(kernel?.subject == "kernel")
        try application.write("bin/app", "#?", permissions: 0o755)
        let file = try Self.difference(application, package) { _ in }
        #expect(file?.subject == "root.img: content of bin/app")
    }

    @Test func `a manifest that states another value than its parts give is found out`() async throws {
        let application = try SampleApplication()
        var result = try application.build()
        result.manifest.referenceValues["vtpm"]?["pcr9"] = String(repeating: "ab", count: 32)
        let path = application.folder.url.appending(path: "lie.adyton").path
        let signed = try await SignedManifest(result.manifest, by: Keys.ed25519)
        try PackageWriter.write(signed, result.sources, to: path, replacing: false)
        let package = try SealedPackage(opening: path, trusting: .anyone)
        let failure = #expect(throws: PackageError.self) { try package.referenceValues(by: ReferenceMeasurer()) }
        #expect(failure?.code == .manifestMismatch && failure?.subject == "referenceValues.vtpm.pcr9")
    }
}
