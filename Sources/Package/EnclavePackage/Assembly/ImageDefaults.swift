package import PackageManifest
import StrictJSON

/// A container image's own start configuration: its `Config`, which `appbuilder` writes to `appenv.json`.
///
/// The package configuration's keys take precedence. Unknown keys are ignored, because Docker defines the file.
package struct ImageDefaults: Equatable, Sendable {
    /// The file's path in the root file system.
    package static let path = "appenv.json"
    /// The maximum size of the file, in bytes.
    static let largestFile = 1 << 20

    package var environment: [String] = []
    package var workingDirectory: String?
    package var entrypoint: [String] = []
    package var command: [String] = []
    package var user: String?
    package var ports: [UInt16] = []

    /// Creates empty defaults.
    package init() {}

    /// Parses the file.
    ///
    /// - Parameter bytes: The `Config` object of the image specification.
    /// - Throws: `config.syntax`, `config.value-invalid`.
    package init(_ bytes: [UInt8]) throws(PackageError) {
        let node: JSONNode
        do throws(JSONError) {
            node = try JSONText(bytes).root
        } catch {
            throw PackageError(
                .configurationSyntax,
                subject: "\(Self.path):\(error.location)",
                expected: error.expected,
                found: error.found
            )
        }
        environment = try Self.texts(node, "Env").filter { $0.contains("=") && !$0.hasPrefix("=") }
        entrypoint = try Self.texts(node, "Entrypoint")
        command = try Self.texts(node, "Cmd")
        workingDirectory = try Self.text(node, "WorkingDir")
        user = try Self.text(node, "User")
        if let exposed = node["ExposedPorts"]?.members {
            // Both "8000" and "8000/tcp" are TCP ports.
            let numbers = exposed.compactMap { member -> UInt16? in
                let parts = member.name.split(separator: "/")
                return parts.count == 1 || parts.last == "tcp" ? parts.first.flatMap { UInt16($0) } : nil
            }
            ports = Array(Set(numbers.filter { $0 > 0 }).sorted().prefix(64))
        }
    }

    private static func texts(_ node: JSONNode, _ key: String) throws(PackageError) -> [String] {
        guard let value = node[key], !value.isNull else { return [] }
        return try ConfigurationReader(node: value, key: key, file: path).strings()
    }

    private static func text(_ node: JSONNode, _ key: String) throws(PackageError) -> String? {
        guard let value = node[key], !value.isNull else { return nil }
        let text = try ConfigurationReader(node: value, key: key, file: path).string()
        return text.isEmpty ? nil : text
    }
}
