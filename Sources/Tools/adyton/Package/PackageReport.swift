import Diagnostics
import EnclavePackage
import Foundation
import GuestInterface
import PackageManifest
import RootFileSystem

/// What `adyton dump` prints of a package whose every byte was verified.
struct PackageReport {
    let package: SealedPackage
    let plan: LaunchPlan
    let configuration: String
    let files: [ImageEntry]
    let isBrief: Bool

    init(_ package: SealedPackage, isBrief: Bool) throws(PackageError) {
        self.package = package
        self.isBrief = isBrief
        plan = try package.launchPlan()
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
        let kernel = (try? package.part(Manifest.PartName.kernel).size) ?? 0
        let initial = (try? package.part(Manifest.PartName.initialFileSystem).size) ?? 0
        text += "\nTrusted base: kernel \(kernel) bytes, process 1 with modules \(initial) bytes, "
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

    /// For a program: the manifest as it stands, and what it does not say.
    func json() throws -> String {
        let signature = package.signature
        var document: [String: Any] = [
            "manifest": try JSONSerialization.jsonObject(with: Data(package.manifestBytes)),
            "manifestDigest": Hexadecimal.text(package.manifest.digest),
            "debug": package.manifest.isDebug,
            "signer": [
                "identity": Hexadecimal.text(signature.publicKey.identity),
                "algorithm": signature.publicKey.algorithm.rawValue,
                "publicKey": signature.publicKey.pemRepresentation,
            ],
            "plan": plan.text,
            "configuration": configuration,
            "parts": package.parts.map {
                ["name": $0.name, "offset": $0.offset, "size": $0.size, "sha256": $0.sha256] as [String: Any]
            },
            "trustedBase": ["files": total.count, "bytes": total.bytes],
        ]
        if !isBrief {
            document["files"] = files.map {
                [
                    "path": "\($0.path)", "kind": "\($0.metadata.kind)", "size": $0.metadata.size,
                    "permissions": String($0.metadata.permissions, radix: 8), "owner": $0.metadata.owner,
                    "group": $0.metadata.group,
                ] as [String: Any]
            }
        }
        let options: JSONSerialization.WritingOptions = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try JSONSerialization.data(withJSONObject: document, options: options), as: UTF8.self)
            + "\n"
    }
}
