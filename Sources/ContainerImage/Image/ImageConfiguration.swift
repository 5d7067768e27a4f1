import Foundation

/// Any JSON value, kept as it is.
package enum JSONValue: Codable, Equatable, Sendable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case number(Double)
    case text(String)
    case list([JSONValue])
    case object([String: JSONValue])

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .boolean(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .boolean(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .text(let value): try container.encode(value)
        case .list(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}

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
