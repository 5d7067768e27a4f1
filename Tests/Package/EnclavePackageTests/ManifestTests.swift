import EnclavePackage
import Foundation
import GuestInterface
import PackageManifest
import TestSupport
import Testing

@Suite struct ManifestTests {
    /// A manifest that uses every field.
    private static var full: Manifest {
        var manifest = SamplePackage.manifest
        manifest.version = "1.2.3"
        manifest.kernel = .init(kind: .sealed, release: "6.12.117-adyton", version: "#1 SMP 2026-01-01 00:00:00 UTC")
        manifest.productID = 65535
        manifest.securityVersion = 7
        manifest.isDebug = true
        manifest.commandLine = KernelCommandLine(root: SamplePackage.volume, isDebug: true).text
        manifest.machine.processors = 2
        manifest.machine.ports = [8000, 8443]
        manifest.machine.hasOutboundNetwork = true
        manifest.machine.timeLimitInSeconds = 60
        manifest.machine.takesHostArguments = true
        manifest.machine.hostEnvironment = ["LANG", "ü\"\\\u{1}\u{7f}"]
        manifest.machine.platforms = [.snp, .vtpm]
        let digest = String(repeating: "ab", count: 32)
        manifest.modelPacks = [.init(path: "/models/a", digest: digest, name: "a", version: "1")]
        for name in ["kernel", "initramfs", "config.json", "root.img", "mount-1.img"] {
            manifest.parts.append(.init(name: name, size: 1, sha256: digest))
        }
        manifest.referenceValues = ["vtpm": ["pcr4": digest], "snp": ["measurement": digest + digest.prefix(32)]]
        return manifest
    }

    @Test func `a distribution's kernel is in no manifest for hardware, and its texts need no escapes`() throws {
        var manifest = Self.full
        for (kind, platforms, isRead) in [
            (LaunchPlan.Kernel.distribution, [Platform.snp], false), (.distribution, [.vtpm], true),
            (.unsealed, [.snp, .vtpm], true), (.sealed, [.tdx], true),
        ] {
            manifest.kernel = .init(kind: kind, release: "6", version: "#1")
            manifest.machine.platforms = platforms
            let read = Result { () throws(PackageError) in try Manifest(Array(manifest.text.utf8)) }
            #expect(((try? read.get()) == manifest) == isRead, "\(kind)")
        }
        for text in ["\"", "\\", "ü", "\n", String(repeating: "a", count: 65)] {
            manifest.kernel = .init(kind: .sealed, release: text, version: "")
            #expect(throws: PackageError.self) { try Manifest(Array(manifest.text.utf8)) }
        }
    }

    @Test func `every field survives its text`() throws {
        let text = Self.full.text
        #expect(try Manifest(Array(text.utf8)) == Self.full)
        #expect(Self.full.disks.map(\.name) == ["root.img", "mount-1.img"])
    }

    @Test func `a manifest that was cut, or differs in one byte without meaning the same, is refused`() throws {
        let bytes = Array(Self.full.text.utf8)
        for length in 0..<bytes.count {
            #expect(throws: PackageError.self) { try Manifest(Array(bytes[..<length])) }
        }
        for index in bytes.indices {
            for bit in 0..<8 {
                var changed = bytes
                changed[index] ^= 1 << bit
                // What is still a manifest has to be another one, in its own one spelling.
                guard let manifest = try? Manifest(changed) else { continue }
                #expect(manifest != Self.full && Array(manifest.text.utf8) == changed)
            }
        }
    }

    private static let replacements: [(String, String)] = [
        ("\"schema\":\"adyton.package/1\"", "\"schema\":\"adyton.package/2\""),
        ("\"debug\":true", "\"debug\":1"), ("\"debug\":true", "\"debug\":false"),
        ("\"productID\":65535", "\"productID\":65536"), ("\"productID\":65535", "\"productID\":-1"),
        ("\"productID\":65535", "\"productID\":6.0"), ("\"productID\":65535", "\"productID\":\"1\""),
        ("\"productID\":65535,", ""), ("\"productID\":65535", "\"productID\":1,\"surprise\":1"),
        ("\"productID\":65535", "\"productID\":1,\"productID\":1"), ("{", " {"), ("}", "}\n"),
        ("\"name\":\"sample\"", "\"name\":\"../sample\""), ("\"name\":\"sample\"", "\"name\":\"\""),
        ("\"name\":\"sample\"", "\"name\":\".sample\""), ("\"name\":\"sample\"", "\"name\":\"s\\u0061mple\""),
        ("\"memory\":536870912", "\"memory\":536870913"), ("\"memory\":536870912", "\"memory\":99999999999999999"),
        ("\"memory\":536870912", "\"memory\":0"), ("\"processors\":2", "\"processors\":0"),
        ("[8000,8443]", "[8000,8000]"), ("[8000,8443]", "[0]"), ("[8000,8443]", "[65536]"),
        ("[\"snp\",\"vtpm\"]", "[\"vtpm\",\"snp\"]"), ("[\"snp\",\"vtpm\"]", "[\"sgx\"]"),
        ("\"timeLimit\":60", "\"timeLimit\":0"), ("\"name\":\"kernel\"", "\"name\":\"shell\""),
        ("\"name\":\"mount-1.img\"", "\"name\":\"mount-2.img\""), ("\"size\":1", "\"size\":0"),
        ("\"size\":1", "\"size\":99999999999999"), ("\"size\":1", "\"size\":1e3"),
        ("\"sha256\":\"abab", "\"sha256\":\"ABAB"), ("\"sha256\":\"abab", "\"sha256\":\"ab"),
        ("\"vtpm\":{", "\"sgx\":{"), ("\"pcr4\":\"abab", "\"pcr4\":\"xyxy"), ("console=ttyS0 ", ""),
        ("adyton.root=", "adyton.toor="), ("[8000,8443]", String(repeating: "[", count: 40)),
    ]

    @Test(arguments: replacements)
    func `a manifest that says something else is refused`(text: String, replacement: String) throws {
        let changed = Self.full.text.replacing(text, with: replacement)
        #expect(changed != Self.full.text)
        let failure = #expect(throws: PackageError.self) { try Manifest(Array(changed.utf8)) }
        #expect(failure?.code == .manifestInvalid)
    }

    @Test func `a true signature over a hostile manifest does not help it`() async throws {
        let failure = await #expect(throws: PackageError.self) { try await SamplePackage { $0.name = "../../etc" } }
        #expect(failure?.code == .manifestInvalid)
    }
}
