/// Every key of a configuration file, at its top level.
package enum ConfigurationKey: String, CaseIterable, Sendable {
    // Mystikos's keys, in the order of its documentation.
    case version
    case debug = "Debug"
    case productID = "ProductID"
    case securityVersion = "SecurityVersion"
    case createZeroBaseEnclave = "CreateZeroBaseEnclave"
    case enclaveStartAddress = "EnclaveStartAddress"
    case memorySize = "MemorySize"
    case userMemSize = "UserMemSize"
    case mainStackSize = "MainStackSize"
    case threadStackSize = "ThreadStackSize"
    case maxAffinityCPUs = "MaxAffinityCPUs"
    case noBrk = "NoBrk"
    case execStack = "ExecStack"
    case applicationPath = "ApplicationPath"
    case applicationParameters = "ApplicationParameters"
    case hostApplicationParameters = "HostApplicationParameters"
    case environmentVariables = "EnvironmentVariables"
    case hostEnvironmentVariables = "HostEnvironmentVariables"
    case currentWorkingDirectory = "CurrentWorkingDirectory"
    case hostname = "Hostname"
    case forkMode = "ForkMode"
    case mount = "Mount"
    case unhandledSyscallEnosys = "UnhandledSyscallEnosys"
    case secret = "Secret"
    case hostUDS = "HostUDS"
    case syslogLevel = "SyslogLevel"
    // Our own keys.
    case name = "Name"
    case packageVersion = "PackageVersion"
    case platforms = "Platforms"
    case processors = "Processors"
    case timeLimit = "TimeLimit"
    case ports = "Ports"
    case outboundNetwork = "OutboundNetwork"
    case nameServers = "NameServers"
    case readiness = "Readiness"
    case writable = "Writable"
    case modelPacks = "ModelPacks"
    case user = "User"
    case openFiles = "OpenFiles"
    case capabilities = "Capabilities"
    case attestation = "Attestation"
    case gateway = "Gateway"

    /// The known key nearest to a misspelt one; nil where none is near.
    ///
    /// - Parameters:
    ///   - text: The misspelt key.
    ///   - known: The keys that are valid there.
    /// - Returns: A key at a distance of at most a third of its length.
    static func suggestion(for text: String, among known: [String]) -> String? {
        let text = Array(text.lowercased().utf8.prefix(64))
        let ranked = known.map { (key: $0, distance: distance(text, Array($0.lowercased().utf8))) }
        guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
        return best.distance <= max(1, best.key.utf8.count / 3) ? best.key : nil
    }

    /// The Levenshtein distance.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (index, byte) in left.enumerated() {
            var corner = row[0]
            row[0] = index + 1
            for (column, other) in right.enumerated() {
                let change = corner + (byte == other ? 0 : 1)
                corner = row[column + 1]
                row[column + 1] = min(change, row[column] + 1, row[column + 1] + 1)
            }
        }
        return row[right.count]
    }
}
