import Foundation
package import StrictJSON

/// An image's configuration (OCI image-spec, "Image Configuration").
package struct ImageConfiguration: Decodable, Sendable {
    /// The execution parameters of a container (`config`).
    package struct Execution: Decodable, Sendable, Equatable {
        /// The user and group, as names or numbers; nil or empty is root.
        package let user: String?
        /// Environment variables, `name=value`.
        package let environment: [String]?
        /// The entry point: the program and its first arguments.
        package let entryPoint: [String]?
        /// The command, or the entry point's default arguments.
        package let command: [String]?
        /// The working directory.
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
        /// One digest a layer; an image without layers may leave them out.
        let layerDigests: [String]

        enum CodingKeys: String, CodingKey {
            case type
            case layerDigests = "diff_ids"
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            type = try container.decode(String.self, forKey: .type)
            layerDigests = try container.decodeIfPresent([String].self, forKey: .layerDigests) ?? []
        }
    }

    let os: String
    let architecture: String
    let variant: String?
    let rootFileSystem: RootFileSystem
    /// The execution parameters.
    package let execution: Execution?
    /// The execution parameters with all fields, including unknown ones.
    package let everything: JSONValue?

    enum CodingKeys: String, CodingKey {
        case os, architecture, variant
        case rootFileSystem = "rootfs"
        case execution = "config"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        // Some builders leave these out; such an image fits every platform.
        os = try container.decodeIfPresent(String.self, forKey: .os) ?? ""
        architecture = try container.decodeIfPresent(String.self, forKey: .architecture) ?? ""
        variant = try container.decodeIfPresent(String.self, forKey: .variant)
        rootFileSystem = try container.decode(RootFileSystem.self, forKey: .rootFileSystem)
        execution = try container.decodeIfPresent(Execution.self, forKey: .execution)
        everything = try container.decodeIfPresent(JSONValue.self, forKey: .execution)
    }

    var platform: OCIPlatform { OCIPlatform(os: os, architecture: architecture, variant: variant) }

    /// Encodes the file `appenv.json`, which tells an application its environment: all execution parameters, keys
    /// sorted.
    package func environmentFile() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(everything ?? .object([:]))) + [UInt8(ascii: "\n")]
    }
}
