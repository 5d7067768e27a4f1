package import Crypto
import GuestInterface
import StrictJSON

extension Manifest {
    private enum Key {
        static let all = [
            "commandLine", "debug", "kernel", "machine", "modelPacks", "name", "parts", "productID", "referenceValues",
            "schema", "securityVersion", "version",
        ]
        static let kernel = ["kind", "release", "version"]
        static let part = ["name", "sha256", "size"]
        static let modelPack = ["digest", "name", "path", "version"]
        static let machine = [
            "hostArguments", "hostEnvironment", "memory", "outboundNetwork", "platforms", "ports", "processors",
            "timeLimit",
        ]
    }

    /// The manifest's one spelling (RFC 8785).
    package var text: String { json.canonicalText }

    /// SHA-256 over the text: what evidence of a machine is bound to.
    package var digest: SHA256.Digest { SHA256.hash(data: Array(text.utf8)) }

    private var json: JSONValue {
        var members: [String: JSONValue] = [
            "schema": .string(Self.schema),
            "name": .string(name),
            "version": .string(version),
            "productID": .integer(Int(productID)),
            "securityVersion": .integer(Int(securityVersion)),
            "debug": .boolean(isDebug),
            "commandLine": .string(commandLine),
            "machine": machine.json,
            "modelPacks": .array(
                modelPacks.map {
                    .object([
                        "path": .string($0.path), "digest": .string($0.digest), "name": .string($0.name),
                        "version": .string($0.version),
                    ])
                }
            ),
            "parts": .array(
                parts.map {
                    .object(["name": .string($0.name), "size": .integer($0.size), "sha256": .string($0.sha256)])
                }
            ),
            "referenceValues": .object(
                referenceValues.mapValues { .object($0.mapValues { .string($0) }) }
            ),
        ]
        if let kernel {
            members["kernel"] = .object([
                "kind": .string(kernel.kind.rawValue), "release": .string(kernel.release),
                "version": .string(kernel.version),
            ])
        }
        return .object(members)
    }

    /// Reads a manifest.
    ///
    /// - Parameter bytes: The document, exactly as `text` writes it.
    /// - Throws: `manifest.invalid` with the field, or with the place where the spelling is another.
    package init(_ bytes: [UInt8]) throws(PackageError) {
        let document = Self.documentName
        let fields = try JSONFields(parsing: bytes, of: document, .manifestInvalid, known: Key.all)
        let schema = try fields.string("schema")
        guard schema == Self.schema else { throw fields.failure("schema", Self.schema, schema) }
        name = try fields.string("name", longest: 64)
        guard Self.isName(name) else {
            throw fields.failure("name", "1 to 64 letters, digits, '-', '_' or '.', the first a letter or digit", name)
        }
        version = try fields.string("version", longest: 64)
        productID = UInt16(try fields.integer("productID", in: 0...65535))
        securityVersion = UInt16(try fields.integer("securityVersion", in: 0...65535))
        isDebug = try fields.boolean("debug")
        commandLine = try fields.string("commandLine", longest: 2047)
        kernel = fields.has("kernel") ? try KernelEntry(fields.object("kernel", known: Key.kernel)) : nil
        machine = try MachineRequirements(fields.object("machine", known: Key.machine))
        guard kernel?.kind != .distribution || !machine.platforms.contains(where: \.isConfidential) else {
            throw fields.failure("kernel.kind", "sealed or unsealed for snp and tdx", "distribution")
        }
        modelPacks = try Self.modelPacks(fields)
        parts = try Self.parts(fields)
        referenceValues = try Self.referenceValues(fields)
        guard let line = KernelCommandLine(text: commandLine), line.text == commandLine, line.isDebug == isDebug else {
            throw fields.failure("commandLine", "the command line of a root volume, with debug as stated", commandLine)
        }
        guard Array(text.utf8) == bytes else {
            let same = zip(text.utf8, bytes).prefix { $0 == $1 }.count
            throw PackageError(
                .manifestInvalid,
                subject: "\(document): byte \(same)",
                expected: "the one spelling of RFC 8785",
                found: "another"
            )
        }
    }

    private static func parts(_ fields: JSONFields) throws(PackageError) -> [Part] {
        var parts: [Part] = []
        for entry in try fields.objects("parts", atMost: maximumParts, known: Key.part) {
            parts.append(
                Part(
                    name: try entry.string("name", longest: 64),
                    size: try entry.integer("size", in: 1...largestPart),
                    sha256: try entry.digest("sha256")
                )
            )
        }
        let fixed = [PartName.kernel, PartName.initialFileSystem, PartName.configuration, PartName.root]
        let last = parts.last?.name == PartName.gateway ? [PartName.gateway] : []
        let expected = fixed + (0..<max(0, parts.count - fixed.count - last.count)).map { PartName.mount($0) } + last
        guard parts.map(\.name) == expected else {
            throw fields.failure(
                "parts",
                expected.joined(separator: ", "),
                parts.map(\.name).joined(separator: ", ")
            )
        }
        return parts
    }

    private static func modelPacks(_ fields: JSONFields) throws(PackageError) -> [ModelPackEntry] {
        var packs: [ModelPackEntry] = []
        for entry in try fields.objects("modelPacks", atMost: 64, known: Key.modelPack) {
            packs.append(
                ModelPackEntry(
                    path: try entry.string("path", longest: 4096),
                    digest: try entry.digest("digest"),
                    name: try entry.string("name"),
                    version: try entry.string("version")
                )
            )
        }
        return packs
    }

    private static func referenceValues(
        _ fields: JSONFields
    ) throws(PackageError) -> [String: [String: String]] {
        var values: [String: [String: String]] = [:]
        let platforms = Platform.allCases.map(\.rawValue)
        _ = try fields.object("referenceValues", known: platforms)
        for member in try fields.members("referenceValues") {
            guard let names = member.value.members, names.count <= 64 else {
                throw fields.failure("referenceValues.\(member.name)", "an object", member.value.summary)
            }
            var digests: [String: String] = [:]
            for name in names {
                let isShort = isName(name.name)
                guard isShort, let text = name.value.string, text.utf8.count <= 128,
                    text.utf8.count % 2 == 0,
                    text.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
                else {
                    throw fields.failure(
                        "referenceValues.\(member.name).\(name.name)",
                        "lower-case hexadecimal digits",
                        name.value.summary
                    )
                }
                digests[name.name] = text
            }
            values[member.name] = digests
        }
        return values
    }

    /// Whether a text can be a package's name: it becomes a file's name, so nothing in it may surprise.
    package static func isName(_ text: String) -> Bool {
        let isAlphanumeric = { (byte: UInt8) in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        }
        guard let first = text.utf8.first, isAlphanumeric(first), text.utf8.count <= 64 else { return false }
        return text.utf8.allSatisfy { isAlphanumeric($0) || [0x2d, 0x2e, 0x5f].contains($0) }
    }
}

extension Manifest.KernelEntry {
    fileprivate init(_ fields: JSONFields) throws(PackageError) {
        func text(_ key: String) throws(PackageError) -> String {
            let text = try fields.string(key, longest: Self.longestText)
            guard Self.isText(text) else { throw fields.failure(key, "printable ASCII without quotation marks", text) }
            return text
        }
        let kind = try fields.string("kind")
        guard let known = LaunchPlan.Kernel(rawValue: kind) else {
            throw fields.failure("kind", LaunchPlan.Kernel.allCases.map(\.rawValue).joined(separator: ", "), kind)
        }
        self.init(kind: known, release: try text("release"), version: try text("version"))
    }
}

extension MachineRequirements {
    /// The most memory that a package may ask for, in bytes.
    package static let mostMemory = 1 << 44
    /// The most virtual processors that a package may ask for.
    package static let mostProcessors = 255

    var json: JSONValue {
        var members: [String: JSONValue] = [
            "memory": .integer(memoryInBytes),
            "processors": .integer(processors),
            "ports": .array(ports.map { .integer(Int($0)) }),
            "outboundNetwork": .boolean(hasOutboundNetwork),
            "hostArguments": .boolean(takesHostArguments),
            "hostEnvironment": .array(hostEnvironment.map { .string($0) }),
            "platforms": .array(platforms.map { .string($0.rawValue) }),
        ]
        if let timeLimitInSeconds { members["timeLimit"] = .integer(timeLimitInSeconds) }
        return .object(members)
    }

    init(_ fields: JSONFields) throws(PackageError) {
        memoryInBytes = try fields.integer("memory", in: 1 << 20...Self.mostMemory)
        guard memoryInBytes % (1 << 20) == 0 else {
            throw fields.failure("memory", "a multiple of 1048576", "\(memoryInBytes)")
        }
        processors = try fields.integer("processors", in: 1...Self.mostProcessors)
        ports = []
        for element in try fields.elements("ports", atMost: 64) {
            guard let port = element.integer(UInt16.self), port > 0,
                !ports.contains(port)
            else { throw fields.failure("ports", "ports from 1 to 65535, each once", element.summary) }
            ports.append(port)
        }
        hasOutboundNetwork = try fields.boolean("outboundNetwork")
        timeLimitInSeconds = fields.has("timeLimit") ? try fields.integer("timeLimit", in: 1...Int(Int32.max)) : nil
        takesHostArguments = try fields.boolean("hostArguments")
        hostEnvironment = try fields.strings("hostEnvironment", atMost: 1024)
        platforms = []
        for text in try fields.strings("platforms", atMost: Platform.allCases.count) {
            guard let platform = Platform(rawValue: text), platforms.allSatisfy({ $0 < platform }) else {
                throw fields.failure("platforms", "snp, tdx and vtpm in this order, each at most once", text)
            }
            platforms.append(platform)
        }
    }
}
