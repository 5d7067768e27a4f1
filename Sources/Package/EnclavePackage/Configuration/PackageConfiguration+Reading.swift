import GuestInterface
package import PackageManifest
import StrictJSON

extension PackageConfiguration {
    /// The maximum size of a configuration, in bytes.
    package static let largestFile = 1 << 20
    /// The least memory that an application gets, in bytes; enclaves do with less, so that a smaller value becomes this.
    package static let leastMemory = 64 << 20
    /// The least value for memory that is taken, in bytes.
    private static let leastStatedMemory = 4 << 20

    /// Parses a configuration.
    ///
    /// - Parameters:
    ///   - bytes: JSON; `//` and `/* */` comments are white space.
    ///   - file: The file's name, for messages.
    /// - Throws: `config.*` with line, column and key.
    package init(_ bytes: [UInt8], file: String) throws(PackageError) {
        let node: JSONNode
        do throws(JSONError) {
            node = try JSONText(bytes, rules: .withComments).root
        } catch {
            throw PackageError(
                .configurationSyntax,
                subject: "\(file):\(error.location)",
                expected: error.expected,
                found: error.found
            )
        }
        let root = ConfigurationReader(node: node, key: "", file: file)
        let members = try root.members(ConfigurationKey.allCases.map(\.rawValue))
        keys = node.members?.compactMap { ConfigurationKey(rawValue: $0.name) } ?? []
        for key in keys {
            guard let value = members[key.rawValue] else { continue }
            if try !takeIdentity(key, value), try !takeResources(key, value), try !takeApplication(key, value) {
                try takeMachine(key, value)
            }
        }
        if let gateway { try check(gateway, members) }
        if members["MemorySize"] != nil, let old = members["UserMemSize"] {
            throw old.failure("one of MemorySize and UserMemSize, its older name", "both")
        }
        let targets = mounts.map(\.target) + (writable ?? []).map(\.target)
        if let twice = targets.first(where: { target in targets.count { $0 == target } > 1 }) {
            throw root.failure("each place once in Mount and Writable", twice)
        }
    }

    /// The keys that exclude a gateway: the application behind it can be reached through the gateway only.
    private func check(_ gateway: Gateway, _ members: [String: ConfigurationReader]) throws(PackageError) {
        if let value = members["Ports"], ports != [gateway.port] {
            throw value.failure("[\(gateway.port)] or no Ports beside Gateway, for nothing else can be reached")
        }
        if let value = members["Readiness"], let readiness, readiness.port != gateway.applicationPort {
            throw value.failure("\(gateway.applicationPort), Gateway's ApplicationPort", "\(readiness.port)")
        }
        if hasOutboundNetwork, let value = members["OutboundNetwork"] {
            throw value.failure("no way out beside Gateway: the application's network has nothing else in it", "true")
        }
        if attestation != .required, let value = members["Attestation"] {
            throw value.failure("required, or no Attestation beside Gateway", attestation.rawValue)
        }
    }

    private mutating func takeIdentity(_ key: ConfigurationKey, _ value: ConfigurationReader) throws(PackageError)
        -> Bool
    {
        switch key {
        case .version:
            guard try value.string() == "0.1" else { throw value.failure("\"0.1\", the version of Mystikos's keys") }
        case .debug: isDebug = try value.boolean()
        case .productID: productID = UInt16(try value.integer(0...65535))
        case .securityVersion: securityVersion = UInt16(try value.integer(0...65535))
        case .name:
            let text = try value.string()
            guard Manifest.isName(text) else {
                throw value.failure("1 to 64 letters, digits, '-', '_' or '.', the first a letter or digit")
            }
            name = text
        case .packageVersion: packageVersion = try value.string(longest: 64)
        case .platforms: platforms = try Self.platforms(value)
        case .attestation:
            guard let attestation = LaunchPlan.Attestation(rawValue: try value.string()) else {
                throw value.failure("none, offered or required")
            }
            self.attestation = attestation
        default: return false
        }
        return true
    }

    private mutating func takeResources(_ key: ConfigurationKey, _ value: ConfigurationReader) throws(PackageError)
        -> Bool
    {
        let anySize = 0...MachineRequirements.mostMemory
        switch key {
        case .memorySize, .userMemSize:
            let size = try value.size(Self.leastStatedMemory...MachineRequirements.mostMemory - (1 << 30))
            memoryInBytes = max(size, Self.leastMemory)
        case .mainStackSize: mainStackInBytes = try value.size(0...(1 << 36))
        case .threadStackSize: _ = try value.size(anySize)
        case .maxAffinityCPUs:
            let count = try value.integer(0...MachineRequirements.mostProcessors)
            visibleProcessors = count == 0 ? nil : count
        case .processors: processors = try value.integer(1...MachineRequirements.mostProcessors)
        case .timeLimit: timeLimitInSeconds = try value.integer(1...Int(Int32.max))
        case .openFiles: openFiles = try value.integer(16...(1 << 20))
        // Keys for SGX enclaves are validated and have no effect.
        case .createZeroBaseEnclave, .noBrk, .execStack, .unhandledSyscallEnosys, .hostUDS: _ = try value.boolean()
        case .enclaveStartAddress: _ = try value.integer(0...Int.max)
        case .syslogLevel: try Self.check(value, Self.syslogLevels)
        case .forkMode: try Self.check(value, ["none", "pseudo", "pseudo_wait_for_exit_exec"])
        default: return false
        }
        return true
    }

    private mutating func takeApplication(_ key: ConfigurationKey, _ value: ConfigurationReader) throws(PackageError)
        -> Bool
    {
        switch key {
        case .applicationPath:
            let path = try value.absolutePath()
            guard path != "/" else { throw value.failure("a program's absolute path") }
            applicationPath = path
        case .applicationParameters:
            // Mystikos's documentation also allows a single text.
            if value.node.string != nil {
                applicationParameters = [try value.string()]
            } else {
                applicationParameters = try value.strings()
            }
        case .hostApplicationParameters: takesHostParameters = try value.boolean()
        case .environmentVariables:
            for element in try value.elements(atMost: 1024) {
                let text = try element.string(longest: 1 << 16)
                guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
                    throw element.failure("NAME=VALUE")
                }
                if let reason = MystikosVariable.refusal(of: String(text[..<equals])) {
                    throw element.unsupported(reason)
                }
                environment.append(text)
            }
        case .hostEnvironmentVariables:
            for element in try value.elements(atMost: 1024) {
                let text = try element.nonEmptyString(longest: 256)
                guard !text.contains("="), text != "MYST_TARGET", text != "ADYTON_PLATFORM" else {
                    throw element.failure("the name of a variable that a host may set")
                }
                if let reason = MystikosVariable.refusal(of: text) { throw element.unsupported(reason) }
                hostEnvironment.append(text)
            }
        case .currentWorkingDirectory: workingDirectory = try value.absolutePath()
        case .hostname:
            let text = try value.nonEmptyString(longest: 64)
            guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else { throw value.failure("a host's name") }
            hostname = text
        case .user:
            guard let number = UserNumber(try value.string()) else {
                throw value.failure("numbers, as in \"1000\" or \"1000:1000\"")
            }
            user = number
        case .capabilities: capabilities = try Capabilities(value)
        case .modelPacks:
            for element in try value.elements(atMost: 64) { modelPacks.append(try element.absolutePath()) }
        default: return false
        }
        return true
    }

    private mutating func takeMachine(_ key: ConfigurationKey, _ value: ConfigurationReader) throws(PackageError) {
        switch key {
        case .mount: for element in try value.elements(atMost: 12) { mounts.append(try Mount(element)) }
        case .secret:
            guard try value.elements(atMost: 1024).isEmpty else {
                throw value.unsupported(
                    "no Secret: nothing here releases secrets to a package, and an application that starts without "
                        + "what it counts on is worse than none; leave the key out, and send the running application "
                        + "its secrets over a connection that it protects itself"
                )
            }
        case .ports:
            for element in try value.elements(atMost: 64) {
                let port = UInt16(try element.integer(1...65535))
                guard !ports.contains(port) else { throw element.failure("each port once") }
                ports.append(port)
            }
        case .outboundNetwork: hasOutboundNetwork = try value.boolean()
        case .nameServers: nameServers = try Self.nameServers(value)
        case .readiness: readiness = try Readiness(value)
        case .gateway: gateway = try Gateway(value)
        case .writable:
            var places: [Writable] = []
            for element in try value.elements(atMost: 64) { places.append(try Writable(element)) }
            writable = places
        default: break
        }
    }

    private static let syslogLevels = [
        "emerg", "alert", "crit", "err", "error", "warn", "warning", "notice", "info", "debug",
    ]

    private static func check(_ value: ConfigurationReader, _ allowed: [String]) throws(PackageError) {
        guard allowed.contains(try value.string()) else {
            throw value.failure("one of \(allowed.joined(separator: ", "))")
        }
    }

    private static func platforms(_ value: ConfigurationReader) throws(PackageError) -> [Platform] {
        var platforms: [Platform] = []
        for element in try value.elements(atMost: Platform.allCases.count) {
            guard let platform = Platform(rawValue: try element.string()), !platforms.contains(platform) else {
                throw element.failure("snp, tdx or vtpm, each once")
            }
            platforms.append(platform)
        }
        guard !platforms.isEmpty else { throw value.failure("at least one platform") }
        return platforms.sorted()
    }

    private static func nameServers(_ value: ConfigurationReader) throws(PackageError) -> [String] {
        var addresses: [String] = []
        for element in try value.elements(atMost: 3) {
            let text = try element.string()
            let parts = text.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 4, parts.allSatisfy({ part in UInt8(part).map { "\($0)" == part } ?? false }) else {
                throw element.failure("an IPv4 address")
            }
            addresses.append(text)
        }
        return addresses
    }
}

extension PackageConfiguration.Mount {
    init(_ value: ConfigurationReader) throws(PackageError) {
        let known = ["Target", "Type", "Flags", "PublicKey", "RootHash", "Source", "Size", "AtRun"]
        let members = try value.members(known)
        guard let place = members["Target"], let type = members["Type"] else {
            throw value.failure("Target and Type")
        }
        target = try place.absolutePath()
        guard target != "/" else { throw place.failure("a folder below the root") }
        let text = try type.string()
        guard let kind = Kind(rawValue: text) else {
            guard text == "hostfs" else { throw type.failure("ext2 or ramfs") }
            throw type.unsupported(
                "ext2 or ramfs: a folder of the host is not measured, so nothing in it could be trusted"
            )
        }
        self.kind = kind
        // Mystikos rejects every flag as well.
        if let flags = members["Flags"], try !flags.elements(atMost: 64).isEmpty {
            throw flags.unsupported("no flags: an image is read-only, and memory takes none")
        }
        source = try members["Source"]?.nonEmptyString()
        publicKey = try members["PublicKey"]?.nonEmptyString()
        if let hash = members["RootHash"] {
            let digits = try hash.string().lowercased()
            guard digits.utf8.count == 64, digits.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
            else { throw hash.failure("64 hexadecimal digits") }
            rootHash = digits
        }
        sizeInBytes = try members["Size"]?.size(4096...MachineRequirements.mostMemory)
        isGivenAtRun = try members["AtRun"]?.boolean() ?? false
        let foreign = kind == .ext2 ? ["Size"] : ["Source", "PublicKey", "RootHash", "AtRun"]
        for name in foreign {
            if let member = members[name] { throw member.failure("a key of a mount of type \(kind.rawValue)") }
        }
    }
}

extension PackageConfiguration.Writable {
    init(_ value: ConfigurationReader) throws(PackageError) {
        if value.node.string != nil {
            target = try value.absolutePath()
            guard target != "/" else { throw value.failure("a folder below the root") }
            return
        }
        let members = try value.members(["Target", "KeepContent", "Size", "Mode"])
        guard let place = members["Target"] else { throw value.failure("Target") }
        target = try place.absolutePath()
        guard target != "/" else { throw place.failure("a folder below the root") }
        keepsContent = try members["KeepContent"]?.boolean() ?? false
        sizeInBytes = try members["Size"]?.size(4096...MachineRequirements.mostMemory)
        if let bits = members["Mode"] {
            let text = try bits.string()
            guard (3...4).contains(text.utf8.count), let number = UInt32(text, radix: 8) else {
                throw bits.failure("octal digits, as in \"1777\"")
            }
            mode = number
        }
        for name in ["Size", "Mode"] where keepsContent {
            if let member = members[name] { throw member.failure("a key of a place without KeepContent") }
        }
    }
}

extension PackageConfiguration.Readiness {
    init(_ value: ConfigurationReader) throws(PackageError) {
        let members = try value.members(["Port", "Path"])
        guard let number = members["Port"] else { throw value.failure("Port") }
        port = UInt16(try number.integer(1...65535))
        path = try members["Path"]?.nonEmptyString(longest: 1024)
        if let path, !path.hasPrefix("/") || !path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) {
            throw value.failure("a path that begins with '/'", path)
        }
    }
}

extension PackageConfiguration.Gateway {
    init(_ value: ConfigurationReader) throws(PackageError) {
        let members = try value.members(["Port", "ApplicationPort", "Files"])
        guard let number = members["ApplicationPort"] else { throw value.failure("ApplicationPort") }
        self.init(applicationPort: UInt16(try number.integer(1...65535)))
        if let number = members["Port"] { port = UInt16(try number.integer(1...65535)) }
        hasFiles = try members["Files"]?.boolean() ?? false
    }
}

extension PackageConfiguration {
    /// Reads a configuration file.
    ///
    /// - Parameter path: The file, such as Mystikos's `config.json`.
    /// - Throws: `package.input-missing`, `config.*`.
    package init(reading path: String) throws(PackageError) {
        try self.init(InputFile.read(path, atMost: Self.largestFile), file: path)
    }
}
