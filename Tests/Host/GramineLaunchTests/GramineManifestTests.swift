import EnclavePackage
import Foundation
import GuestInterface
import TestSupport
import Testing

@testable import GramineLaunch

@Suite struct GramineManifestTests {
    /// The fields of Docs/formats/gramine-manifest.md by name, each with its type; a name may end with a star.
    private static func fields() throws -> [String: String] {
        let page = try String(
            contentsOf: ProjectFolder.root.appending(path: "Docs/formats/gramine-manifest.md"),
            encoding: .utf8
        )
        var fields: [String: String] = [:]
        for line in page.split(separator: "\n") where line.hasPrefix("| `") {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            for name in cells[0].split(separator: ",") {
                fields[name.trimmingCharacters(in: CharacterSet(charactersIn: " `"))] = cells[1]
            }
        }
        return fields
    }

    /// Whether a value of TOML begins as its type does.
    private static func fits(_ value: Substring, _ type: String) -> Bool {
        switch type {
        case "string": value.hasPrefix("\"") && value.hasSuffix("\"")
        case "boolean": value == "true" || value == "false"
        case "integer": Int(value) != nil
        case "strings": value.hasPrefix("[\"") && value.hasSuffix("\"]")
        case "tables": value == "["
        case "string or table":
            fits(value, "string") || value == "{ passthrough = true }"
        default: false
        }
    }

    private static func folder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for name in ["bin", "usr/lib", "app"] {
            try FileManager.default.createDirectory(
                at: folder.url.appending(path: name),
                withIntermediateDirectories: true
            )
        }
        try Data("abc".utf8).write(to: folder.url.appending(path: "bin/app"))
        try Data("library".utf8).write(to: folder.url.appending(path: "usr/lib/libx.so.1"))
        func link(_ name: String, _ target: String) throws {
            try FileManager.default.createSymbolicLink(
                atPath: folder.url.appending(path: name).path,
                withDestinationPath: target
            )
        }
        try link("lib", "usr/lib")
        try link("usr/lib/libx.so", "/lib/libx.so.1")
        try link("outside", "../../../../etc/passwd")
        try link("loop", "loop")
        return folder
    }

    private static func manifest(
        _ change: (inout LaunchPlan, inout PackageConfiguration) -> Void = { _, _ in }
    ) throws -> String {
        var plan = LaunchPlan(application: LaunchPlan.Application(path: "/bin/app"))
        plan.application.arguments = ["-v", "a \"b\"\\"]
        plan.application.environment = ["A=1", "MYST_TARGET=linux", "EMPTY="]
        plan.application.hostEnvironment = ["LEVEL"]
        plan.application.workingDirectory = "/app"
        plan.application.user = 1000
        plan.mounts = [.memory(target: "/tmp", maximumBytes: nil, mode: 0o1777)]
        var configuration = PackageConfiguration()
        configuration.productID = 3
        change(&plan, &configuration)
        let folder = try folder()
        return try GramineManifest(
            plan: plan,
            configuration: configuration,
            tree: GramineTree(reading: folder.url.path)
        ).text
    }

    @Test func `writes the fields of the table, each with its type, and no other`() throws {
        let fields = try Self.fields()
        #expect(fields.count > 15)
        var seen: Set<String> = []
        for text in [try Self.manifest(), try Self.manifest { plan, _ in plan.application.takesHostArguments = true }] {
            for line in text.split(separator: "\n") where !line.hasPrefix(" ") && !line.hasPrefix("#") && line != "]" {
                let parts = try #require(line.firstRange(of: " = "), "\(line)")
                let name = String(line[..<parts.lowerBound])
                let field = name.hasPrefix("loader.env.") ? "loader.env.*" : name
                let type = try #require(fields[field], "\(name) is not in the table")
                #expect(Self.fits(line[parts.upperBound...], type), "\(line)")
                seen.insert(field)
            }
        }
        #expect(seen == Set(fields.keys))
    }

    @Test func `trusts every file by its digest, and leads every link to one name`() throws {
        let text = try Self.manifest()
        // SHA-256 of "abc" is the example of FIPS 180-4.
        let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(text.contains("{ uri = \"file:root/bin/app\", sha256 = \"\(digest)\" },"))
        #expect(text.contains("{ uri = \"file:root/usr/lib/libx.so.1\", sha256 = "))
        #expect(text.contains("{ path = \"/lib\", uri = \"file:root/usr/lib\" },"))
        #expect(text.contains("{ path = \"/usr/lib/libx.so\", uri = \"file:root/usr/lib/libx.so.1\" },"))
        #expect(text.contains("{ type = \"tmpfs\", path = \"/tmp\" },"))
        #expect(!text.contains("loop") && !text.contains("passwd"))
        #expect(text.contains("loader.argv = [\"/bin/app\", \"-v\", \"a \\\"b\\\"\\\\\"]"))
        #expect(text.contains("loader.env.\"MYST_TARGET\" = \"sgx\"") && !text.contains("linux"))
        #expect(text.contains("loader.env.\"LEVEL\" = { passthrough = true }"))
    }

    @Test(
        arguments: [(nil, nil, 32, 1024), (64 << 20, 2, 32, 256), (2048 << 20, 8, 64, 4096)] as [(Int?, Int?, Int, Int)]
    )
    func `memory and threads come from the configuration`(
        memory: Int?,
        processors: Int?,
        threads: Int,
        mebibytes: Int
    ) throws {
        let text = try Self.manifest { _, configuration in
            configuration.memoryInBytes = memory
            configuration.processors = processors
        }
        #expect(text.contains("sgx.max_threads = \(threads)\n"))
        #expect(text.contains("sgx.enclave_size = \"\(mebibytes)M\"\n"))
    }

    @Test func `what Gramine has not is refused`() throws {
        let overlay = #expect(throws: GramineError.self) {
            try Self.manifest { plan, _ in plan.mounts = [.overlay(target: "/var")] }
        }
        #expect(overlay?.code == .mountUnsupported)
        let template = #expect(throws: GramineError.self) {
            try Self.manifest { plan, _ in plan.application.arguments = ["{{ env }}"] }
        }
        #expect(template?.code == .pathUnsupported)
        let file = #expect(throws: GramineError.self) { try GramineTree(reading: "/etc/passwd") }
        #expect(file?.code == .rootUnsupported)
    }

    @Test func `a missing program is named with how to get it`() {
        let error = #expect(throws: GramineError.self) {
            try GramineTools(environment: ["PATH": "/no/such/folder"]).path(of: .sgx)
        }
        #expect(error?.code == .programMissing && error?.subject == "gramine-sgx")
    }
}
