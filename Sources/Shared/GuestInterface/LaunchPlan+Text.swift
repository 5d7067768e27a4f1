extension LaunchPlan {
    /// The first line of every plan.
    package static let header = "adyton-plan 1"
    /// The last line of every plan; it detects a file that was cut between lines.
    package static let footer = "end"

    /// The plan as text: one `key value` a line, in a fixed order, with `%XX` escapes.
    package var text: String {
        var lines = [
            Self.header, "debug \(isDebug ? 1 : 0)", "kernel \(kernel.rawValue)", "hostname \(hostname.escaped)",
        ]
        lines += modules.map { "module \($0.escaped)" }
        lines += optionalModules.map { "optional-module \($0.escaped)" }
        lines += mounts.map(\.line)
        if let network {
            lines.append("address \(network.address.escaped)")
            if let gateway = network.gateway { lines.append("gateway \(gateway.escaped)") }
            lines += network.nameServers.map { "name-server \($0.escaped)" }
        }
        if attestation != .none { lines.append("attestation \(attestation.rawValue)") }
        lines += platforms.map { "platform \($0.escaped)" }
        lines += application.lines
        switch readiness {
        case nil: break
        case .port(let port): lines.append("ready-port \(port)")
        case .anyPort(let ports): lines.append("ready-any-port \(ports.map(String.init).joined(separator: ","))")
        case .http(let port, let path): lines.append("ready-http \(port) \(path.escaped)")
        }
        if let gateway { lines.append(gateway.line) }
        lines.append(Self.footer)
        return lines.map { $0 + "\n" }.joined()
    }

    /// Parses a plan.
    ///
    /// - Parameter text: A plan's text, exactly as `text` encodes it.
    /// - Returns: nil for anything that `text` does not produce.
    package static func read(_ text: String) -> LaunchPlan? {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)[...]
        guard lines.popFirst() == header[...], lines.popLast() == "", lines.popLast() == footer[...] else { return nil }
        var plan = LaunchPlan(application: Application(path: ""))
        for line in lines {
            guard plan.take(line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)) else {
                return nil
            }
        }
        return plan.text == text ? plan : nil
    }

    /// Applies one line, split at spaces; false where it is malformed.
    private mutating func take(_ words: [String]) -> Bool {
        guard let key = words.first, words.count >= 2, let value = words[1].unescaped else { return false }
        switch (key, words.count) {
        case ("debug", 2): isDebug = value == "1"
        case ("kernel", 2):
            guard let kernel = Kernel(rawValue: value) else { return false }
            self.kernel = kernel
        case ("hostname", 2): hostname = value
        case ("module", 2): modules.append(value)
        case ("optional-module", 2): optionalModules.append(value)
        case ("address", 2):
            network = Network()
            network?.address = value
        case ("gateway", 2): network?.gateway = value
        case ("name-server", 2): network?.nameServers.append(value)
        case ("attestation", 2):
            guard let attestation = Attestation(rawValue: value) else { return false }
            self.attestation = attestation
        case ("platform", 2): platforms.append(value)
        case ("ready-port", 2):
            guard let port = UInt16(value) else { return false }
            readiness = .port(port)
        case ("ready-any-port", 2):
            let ports = value.split(separator: ",", omittingEmptySubsequences: false).map { UInt16($0) }
            guard ports.count > 1, !ports.contains(nil) else { return false }
            readiness = .anyPort(ports.compactMap(\.self))
        case ("ready-http", 3):
            guard let port = UInt16(value), let path = words[2].unescaped else { return false }
            readiness = .http(port: port, path: path)
        case ("attested-gateway", 6):
            guard let gateway = Gateway(words) else { return false }
            self.gateway = gateway
        case ("memory", _), ("overlay", _), ("image", _):
            guard let mount = Mount(words) else { return false }
            mounts.append(mount)
        case (_, 2): return application.take(key, value)
        default: return false
        }
        return true
    }
}

extension LaunchPlan.Application {
    fileprivate var lines: [String] {
        var lines = ["application \(path.escaped)"]
        lines += arguments.map { "argument \($0.escaped)" }
        if takesHostArguments { lines.append("host-arguments 1") }
        lines += environment.map { "environment \($0.escaped)" }
        lines += hostEnvironment.map { "host-environment \($0.escaped)" }
        lines += ["directory \(workingDirectory.escaped)", "user \(user)", "group \(group)"]
        lines += capabilities.map { "capability \($0.rawValue)" }
        if let memoryInBytes { lines.append("memory-limit \(memoryInBytes)") }
        if let stackInBytes { lines.append("stack-limit \(stackInBytes)") }
        lines.append("open-files \(openFiles)")
        if let processors { lines.append("processors \(processors)") }
        return lines
    }

    fileprivate mutating func take(_ key: String, _ value: String) -> Bool {
        switch key {
        case "application": path = value
        case "argument": arguments.append(value)
        case "host-arguments": takesHostArguments = value == "1"
        case "environment": environment.append(value)
        case "host-environment": hostEnvironment.append(value)
        case "directory": workingDirectory = value
        case "user": return Self.set(&user, value)
        case "group": return Self.set(&group, value)
        case "capability":
            // In order, and none twice: one set has one text.
            guard let capability = Capability(rawValue: value), capabilities.allSatisfy({ $0 < capability }) else {
                return false
            }
            capabilities.append(capability)
        case "memory-limit": memoryInBytes = UInt64(value)
        case "stack-limit": stackInBytes = UInt64(value)
        case "open-files": return Self.set(&openFiles, value)
        case "processors": processors = UInt32(value)
        default: return false
        }
        return true
    }

    private static func set<Number: FixedWidthInteger>(_ number: inout Number, _ text: String) -> Bool {
        guard let value = Number(text) else { return false }
        number = value
        return true
    }
}

extension LaunchPlan.Gateway {
    fileprivate var line: String {
        "attested-gateway \(port) \(applicationPort) \(hasFiles ? 1 : 0) \(device.escaped) \(volume.text)"
    }

    fileprivate init?(_ words: [String]) {
        guard let port = UInt16(words[1]), let applicationPort = UInt16(words[2]), ["0", "1"].contains(words[3]),
            let device = words[4].unescaped, let volume = VerityVolume(text: words[5])
        else { return nil }
        self.init(port: port, applicationPort: applicationPort, device: device, volume: volume)
        hasFiles = words[3] == "1"
    }
}

extension LaunchPlan.Mount {
    fileprivate var line: String {
        switch self {
        case .memory(let target, let maximum, let mode):
            "memory \(target.escaped) \(maximum.map(String.init) ?? "-") \(String(mode, radix: 8))"
        case .overlay(let target): "overlay \(target.escaped)"
        case .image(let target, let device, let volume): "image \(target.escaped) \(device.escaped) \(volume.text)"
        }
    }

    fileprivate init?(_ words: [String]) {
        guard let target = words[1].unescaped else { return nil }
        switch (words[0], words.count) {
        case ("memory", 4):
            guard let mode = UInt32(words[3], radix: 8) else { return nil }
            self = .memory(target: target, maximumBytes: UInt64(words[2]), mode: mode)
        case ("overlay", 2): self = .overlay(target: target)
        case ("image", 4):
            guard let device = words[2].unescaped, let volume = VerityVolume(text: words[3]) else { return nil }
            self = .image(target: target, device: device, volume: volume)
        default: return nil
        }
    }
}

extension String {
    /// Escapes space, percent, control characters and non-ASCII bytes as `%XX`; an empty text becomes `%`.
    fileprivate var escaped: String {
        guard !isEmpty else { return "%" }
        var result = ""
        for byte in utf8 {
            if byte > 0x20, byte < 0x7f, byte != UInt8(ascii: "%") {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                result += (byte < 16 ? "%0" : "%") + String(byte, radix: 16)
            }
        }
        return result
    }

    /// Decodes `escaped`; nil where an escape is malformed or the bytes are not UTF-8.
    fileprivate var unescaped: String? {
        if self == "%" { return "" }
        var bytes: [UInt8] = []
        var rest = utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let digits = String(rest.prefix(2)), let value = UInt8(digits, radix: 16) else {
                return nil
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
