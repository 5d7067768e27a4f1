import Files
import Foundation
import Installation
package import PackageManifest

/// A folder with the least that a package needs: a configuration, and a list that keeps what is made out of git.
package struct NewProject: Sendable {
    /// The configuration's name in the folder.
    package static let configurationName = "config.json"

    private let folder: String
    private let source: ProjectSource?
    private let port: UInt16?

    /// - Parameters:
    ///   - folder: The project's folder; it is made where it is missing.
    ///   - source: What the application comes from; nil where a person decides later.
    ///   - port: The port at which the application serves; nil for none.
    package init(in folder: String, from source: ProjectSource?, port: UInt16?) {
        self.folder = folder
        self.source = source
        self.port = port
    }

    /// The package's name: the folder's own, as far as it can be one.
    package var name: String {
        Self.safe(URL(filePath: folder).standardizedFileURL.lastPathComponent)
    }

    /// As much of a name as can be a package's or a program's anywhere.
    private static func safe(_ text: String) -> String {
        let safe = text.map { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) ? $0 : "-" }
        let name = String(String(safe).drop { !$0.isLetter && !$0.isNumber }.prefix(64))
        return name.isEmpty ? "application" : name
    }

    /// The program's path in the root file system; nil where the image or the publisher names it.
    package var programPath: String? {
        switch source {
        case .program(let path): "/app/bin/\(Self.safe(PathParts(path).name))"
        case .modelPack: "/adyton/bin/adyton-server"
        default: nil
        }
    }

    /// Whether the application is our own server.
    private var isServer: Bool {
        if case .modelPack = source { true } else { false }
    }

    /// The configuration, with a comment for each key.
    package var configuration: String {
        var lines = [
            "  // adyton config explain says what each key does, and which others there are.",
            "  \"Name\": \"\(name)\"",
            "  // The application's memory; the machine gets 256 MiB more.",
            "  \"MemorySize\": \"\(isServer ? "2g" : "512m")\"",
        ]
        if let path = programPath { lines.append("  \"ApplicationPath\": \"\(path)\"") }
        if case .modelPack = source {
            let port = port ?? 8443
            lines += [
                "  // One engine, whose library the root has. TLS under a key that the machine's evidence names; the health",
                "  // port stays inside.",
                "  \"ApplicationParameters\": [\"/adyton/model\", \"--engine\", \"onnx\", \"--host\", \"0.0.0.0\", "
                    + "\"--port\", \"\(port)\", \"--attest\", \"machine\", \"--health-port\", \"8080\"]",
                "  \"ModelPacks\": [\"/adyton/model\"]", "  \"Ports\": [\(port)]",
                "  \"Readiness\": { \"Port\": 8080, \"Path\": \"/v2/health/ready\" }",
                "  \"Attestation\": \"required\"", "  \"User\": \"1000:1000\"",
            ]
        } else if let port {
            lines += ["  // The application is ready once this port answers.", "  \"Ports\": [\(port)]"]
        }
        let isKey = { (line: String) in !line.hasPrefix("  //") }
        let last = lines.lastIndex(where: isKey) ?? 0
        let text = lines.enumerated().map { index, line in isKey(line) && index != last ? line + "," : line }
        return "{\n" + text.joined(separator: "\n") + "\n}\n"
    }

    /// What git is told to leave alone: keys, and what is made.
    private static let ignored = "*.pem\n*.adyton\n*.img\n/appdir/\n"

    /// Writes the folder.
    ///
    /// - Parameter isReplacing: Whether a configuration that is there is replaced.
    /// - Throws: `package.output-exists`, `package.unwritable`.
    package func write(replacing isReplacing: Bool) throws(PackageError) {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw PackageError(
                .unwritable,
                subject: folder,
                expected: "a folder that can be made",
                found: error.localizedDescription
            )
        }
        try Self.write(configuration, to: "\(folder)/\(Self.configurationName)", replacing: isReplacing)
        let list = "\(folder)/.gitignore"
        // A list that somebody has written is theirs.
        guard !FileManager.default.fileExists(atPath: list) else { return }
        try Self.write(Self.ignored, to: list, replacing: false)
    }

    private static func write(_ text: String, to path: String, replacing: Bool) throws(PackageError) {
        let file = try AtomicFile<PackageError>(path, replacing: replacing, permissions: 0o644)
        try file.file.write(Array(text.utf8)[...], at: 0)
        try file.commit()
    }
}

extension NewProject {
    /// The commands that lead from the source to a running machine, in order.
    ///
    /// - Parameters:
    ///   - key: Where the signer's private key is, or is going to be.
    ///   - hasKey: Whether it is there, so that none is made.
    /// - Returns: One command a line; for no source, the beginnings of all four ways.
    package func nextCommands(key: String, hasKey: Bool) -> [String] {
        let directory = "\(folder)/appdir"
        let publicKey = key.hasSuffix(".pem") ? String(key.dropLast(4)) + ".pub.pem" : key + ".pub.pem"
        let packageFile = "\(folder)/\(name).adyton"
        let keygen = "mkdir -p \(Self.quoted(PathParts(key).folder)) && adyton keygen -o \(Self.quoted(key))"
        return beginnings(directory) + (hasKey ? [] : [keygen]) + [
            "adyton package --owner 0:0 -o \(Self.quoted(packageFile)) \(Self.quoted(directory)) \(Self.quoted(key)) "
                + Self.quoted("\(folder)/\(Self.configurationName)"),
            "adyton run --pubkey \(Self.quoted(publicKey)) \(Self.quoted(packageFile))",
        ]
    }

    private func beginnings(_ directory: String) -> [String] {
        let target = Self.quoted(directory)
        switch source {
        case .dockerfile(let path): return ["adyton appbuilder -o \(target) \(Self.quoted(path))"]
        case .image(let path): return ["adyton appbuilder -i \(Self.quoted(path)) -o \(target)"]
        case .program(let path):
            return ["adyton bundle \(Self.quoted("\(path):\(programPath ?? "/app/bin/app")")) \(target)"]
        case .modelPack(let path):
            let server = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
                .appending(path: "adyton-server").path
            let library = (try? PartLocator.ofThisProgram.find(.onnxRuntime)) ?? "libonnxruntime.so.1"
            return [
                "adyton bundle \(Self.quoted("\(server):/adyton/bin/adyton-server")) \(target) \\\n"
                    + "    --library \(Self.quoted(library)) --add \(Self.quoted("\(path):/adyton/model"))"
            ]
        case nil:
            return [
                "adyton appbuilder -o \(target) Dockerfile               # from a Dockerfile",
                "adyton appbuilder -i image.tar -o \(target)             # or from an image",
                "adyton bundle program:/app/bin/program \(target)        # or from a program",
                "adyton init --force --from MODEL-PACK \(Self.quoted(folder))    # or from a model pack",
            ]
        }
    }

    /// A word as a shell takes it.
    private static func quoted(_ word: String) -> String {
        let isPlain = word.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5a).contains($0) || (0x61...0x7a).contains($0)
                || "._-/:+,@%".utf8.contains($0)
        }
        return isPlain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }
}
