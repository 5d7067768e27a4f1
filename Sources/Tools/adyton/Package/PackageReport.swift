import Diagnostics
import EnclavePackage
import Foundation
import GuestInterface
import PackageManifest
import RootFileSystem
import StrictJSON

/// What `adyton dump` prints of a package whose every byte was verified.
struct PackageReport {
    let package: SealedPackage
    let plan: LaunchPlan
    /// What kernel it is, which plan and manifest were compared with.
    let kernel: Manifest.KernelEntry
    let configuration: String
    let files: [ImageEntry]
    let isBrief: Bool

    init(_ package: SealedPackage, isBrief: Bool) throws(PackageError) {
        self.package = package
        self.isBrief = isBrief
        plan = try package.launchPlan()
        kernel = try package.kernel(for: plan)
        configuration = String(decoding: try package.configuration(), as: UTF8.self)
        let contents = try package.rootContents()
        do throws(RootFileSystemError) {
            files = try contents.entries()
        } catch {
            throw PackageError(
                .inputInvalid,
                subject: "\(Manifest.PartName.root): \(error.subject)",
                expected: error.expected,
                found: error.found,
                cause: error
            )
        }
    }

    /// Regular files, and their bytes; a file with several names counts once.
    private var total: (count: Int, bytes: Int) {
        let regular = files.filter { $0.metadata.kind == .file && $0.original == nil }
        return (regular.count, regular.reduce(0) { $0 + $1.metadata.size })
    }

    /// For a person.
    var text: String {
        let manifest = package.manifest
        let signer = package.signature.publicKey
        var text = manifest.isDebug ? "DEBUG: the host sees all that the application prints. Not for secrets.\n\n" : ""
        let version = manifest.version.isEmpty ? "" : " \(manifest.version)"
        text += lines([
            ("Name", manifest.name + version), ("Manifest", "sha256 \(Hexadecimal.text(manifest.digest))"),
            ("Product", "\(manifest.productID)"), ("Security", "\(manifest.securityVersion)"),
            ("Debug", manifest.isDebug ? "YES" : "no"),
            ("Signer", "\(Hexadecimal.text(signer.identity)) (\(signer.algorithm.rawValue))"),
            ("Kernel", "\(kernel.kind.rawValue), \(kernel.release)"), ("Kernel built", kernel.version),
            ("Command line", manifest.commandLine),
        ])
        text += "\nMachine\n" + lines(machine(manifest.machine), indent: 2)
        text += "\nApplication, as the machine measures it\n" + indented(plan.text)
        text += "\nConfiguration, as its publisher wrote it\n" + indented(configuration)
        if !manifest.modelPacks.isEmpty {
            text += "\nModel packs\n"
            for pack in manifest.modelPacks {
                text += "  \(pack.digest)  \(pack.path)  \(pack.name) \(pack.version)\n"
            }
        }
        text += "\nReference values\n" + referenceValues(manifest)
        text += "\nParts\n"
        for part in package.parts {
            text += "  \(part.sha256)  \(Self.pad(part.size, 12))  at \(Self.pad(part.offset, 10))  \(part.name)\n"
        }
        if !isBrief {
            text += "\nFiles of the root file system\n"
            for entry in files {
                let target = entry.target.isEmpty ? "" : " -> \(EntryPath.readable(entry.target))"
                let owner = "\(entry.metadata.owner):\(entry.metadata.group)"
                let size = Self.pad(entry.metadata.size, 12)
                text += "  \(entry.metadata.modeText) \(owner) \(size)  \(entry.path)\(target)\n"
            }
        }
        let kernelSize = (try? package.part(Manifest.PartName.kernel).size) ?? 0
        let initial = (try? package.part(Manifest.PartName.initialFileSystem).size) ?? 0
        text += "\nTrusted base: kernel \(kernelSize) bytes, process 1 with modules \(initial) bytes, "
        text += "\(total.count) files of \(total.bytes) bytes\n"
        return text
    }

    private func machine(_ needs: MachineRequirements) -> [(String, String)] {
        [
            ("Memory", "\(needs.memoryInBytes >> 20) MiB"), ("Processors", "\(needs.processors)"),
            ("Ports", needs.ports.isEmpty ? "none" : needs.ports.map { "\($0)" }.joined(separator: ", ")),
            ("Outbound", needs.hasOutboundNetwork ? "yes" : "no"),
            ("Time limit", needs.timeLimitInSeconds.map { "\($0) s" } ?? "none"),
            ("Host's part", hostPart(needs)),
            ("Platforms", needs.platforms.map(\.rawValue).joined(separator: ", ")),
        ]
    }

    /// What a host may bring in, unmeasured.
    private func hostPart(_ needs: MachineRequirements) -> String {
        let parts = (needs.takesHostArguments ? ["arguments"] : []) + needs.hostEnvironment
        return parts.isEmpty ? "nothing" : parts.joined(separator: ", ")
    }

    private func referenceValues(_ manifest: Manifest) -> String {
        guard !manifest.referenceValues.isEmpty else { return "  none\n" }
        var text = ""
        for (platform, values) in manifest.referenceValues.sorted(by: { $0.key < $1.key }) {
            for (name, value) in values.sorted(by: { $0.key < $1.key }) { text += "  \(platform) \(name) \(value)\n" }
        }
        return text
    }

    private func lines(_ facts: [(String, String)], indent: Int = 0) -> String {
        facts.map { name, value in
            String(repeating: " ", count: indent) + name
                + String(repeating: " ", count: max(1, 14 - name.count)) + value + "\n"
        }.joined()
    }

    private func indented(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).map { "  \(EntryPath.readable($0.utf8))\n" }.joined()
    }

    private static func pad(_ number: Int, _ width: Int) -> String {
        let text = "\(number)"
        return String(repeating: " ", count: max(0, width - text.count)) + text
    }

    /// For a program: the manifest, and what it does not say.
    func json() throws -> String {
        let signature = package.signature
        var document: [String: JSONValue] = [
            "manifest": JSONValue(try JSONText(package.manifestBytes).root),
            "manifestDigest": .string(Hexadecimal.text(package.manifest.digest)),
            "debug": .boolean(package.manifest.isDebug),
            "kernel": [
                "kind": .string(kernel.kind.rawValue), "release": .string(kernel.release),
                "version": .string(kernel.version),
            ],
            "signer": [
                "identity": .string(Hexadecimal.text(signature.publicKey.identity)),
                "algorithm": .string(signature.publicKey.algorithm.rawValue),
                "publicKey": .string(signature.publicKey.pemRepresentation),
            ],
            "plan": .string(plan.text),
            "configuration": .string(configuration),
            "parts": .array(
                package.parts.map {
                    [
                        "name": .string($0.name), "offset": .integer($0.offset), "size": .integer($0.size),
                        "sha256": .string($0.sha256),
                    ]
                }
            ),
            "trustedBase": ["files": .integer(total.count), "bytes": .integer(total.bytes)],
        ]
        if !isBrief { document["files"] = .array(files.map(Self.entry)) }
        return try JSONValue.object(document).report()
    }

    private static func entry(_ entry: ImageEntry) -> JSONValue {
        [
            "path": .string("\(entry.path)"), "kind": .string("\(entry.metadata.kind)"),
            "size": .integer(entry.metadata.size),
            "permissions": .string(String(entry.metadata.permissions, radix: 8)),
            "owner": .integer(Int(entry.metadata.owner)), "group": .integer(Int(entry.metadata.group)),
        ]
    }
}
