package import Diagnostics
import Foundation

/// What an image says of how it is to be run (OCI image-spec, "Image Configuration").
package struct ImageConfiguration: Decodable, Sendable {
    /// The part that a container is made with.
    package struct Execution: Decodable, Sendable, Equatable {
        /// The user or the group that runs it, as names or numbers; nothing means root.
        package let user: String?
        /// Variables of the form `name=value`.
        package let environment: [String]?
        /// What is run, before the command.
        package let entryPoint: [String]?
        /// What is run, or the entry point's default arguments.
        package let command: [String]?
        /// Where it is run.
        package let workingFolder: String?

        enum CodingKeys: String, CodingKey {
            case user = "User"
            case environment = "Env"
            case entryPoint = "Entrypoint"
            case command = "Cmd"
            case workingFolder = "WorkingDir"
        }
    }

    struct RootFileSystem: Decodable {
        let type: String
        let layerDigests: [String]

        enum CodingKeys: String, CodingKey {
            case type
            case layerDigests = "diff_ids"
        }
    }

    let os: String
    let architecture: String
    let variant: String?
    let rootFileSystem: RootFileSystem
    /// The part that a container is made with.
    package let execution: Execution?
    /// The same part with every field that the image has there.
    package let everything: JSONValue?

    enum CodingKeys: String, CodingKey {
        case os, architecture, variant
        case rootFileSystem = "rootfs"
        case execution = "config"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        os = try container.decode(String.self, forKey: .os)
        architecture = try container.decode(String.self, forKey: .architecture)
        variant = try container.decodeIfPresent(String.self, forKey: .variant)
        rootFileSystem = try container.decode(RootFileSystem.self, forKey: .rootFileSystem)
        execution = try container.decodeIfPresent(Execution.self, forKey: .execution)
        everything = try container.decodeIfPresent(JSONValue.self, forKey: .execution)
    }

    var platform: Platform { Platform(os: os, architecture: architecture, variant: variant) }

    /// The file `appenv.json` that tells an application's environment: everything of the part, keys sorted.
    package func environmentFile() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(everything ?? .object([:]))) + [UInt8(ascii: "\n")]
    }
}
