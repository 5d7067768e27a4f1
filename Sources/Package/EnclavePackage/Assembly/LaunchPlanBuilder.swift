import GuestInterface
import PackageManifest
import RootFileSystem

/// Builds a launch plan and the machine's requirements from a configuration and its root file system.
struct LaunchPlanBuilder {
    /// The default memory for an application, in bytes.
    static let defaultMemory = 512 << 20
    /// The memory for kernel, process 1 and page cache, in addition to the application's, in bytes.
    static let reservedMemory = 256 << 20
    /// The default number of processors.
    static let defaultProcessors = 2
    /// QEMU's user network: the gateway and the name server.
    static let gateway = "10.0.2.2"
    static let nameServer = "10.0.2.3"

    let configuration: PackageConfiguration
    let defaults: ImageDefaults
    let root: RootTree
    /// The further images' volumes, in the order of the configuration's mounts of type ext2.
    let volumes: [VerityVolume]
    /// The gateway's volume; nil where the configuration has none.
    var gatewayVolume: VerityVolume?
    /// The kernel's kind.
    var kernel = LaunchPlan.Kernel.distribution
    /// Whether it is for the sandbox, which makes the folders that it mounts at, and itself says what is missing.
    var isForSandbox = false

    /// Builds the plan, without the names of modules.
    ///
    /// - Throws: `package.root-incomplete` for files that the root lacks, `config.value-invalid`.
    func plan() throws(PackageError) -> LaunchPlan {
        var plan = LaunchPlan(application: try application())
        plan.isDebug = configuration.isDebug
        plan.kernel = kernel
        if let hostname = configuration.hostname { plan.hostname = hostname }
        plan.mounts = mounts()
        var network = LaunchPlan.Network()
        if configuration.hasOutboundNetwork {
            network.gateway = Self.gateway
            network.nameServers =
                configuration.nameServers.isEmpty ? [Self.nameServer] : configuration.nameServers
        }
        plan.network = network
        plan.readiness = readiness()
        if let gateway = configuration.gateway, let gatewayVolume {
            plan.gateway = self.gateway(gateway, gatewayVolume)
            if plan.readiness == nil { plan.readiness = .port(gateway.applicationPort) }
        }
        if !isForSandbox {
            plan.attestation = configuration.gateway == nil ? configuration.attestation : .required
            plan.platforms = plan.attestation == .none ? [] : try platforms().map(\.rawValue)
            try check(plan)
        }
        return plan
    }

    /// The machine's requirements.
    func needs() throws(PackageError) -> MachineRequirements {
        let mebibyte = 1 << 20
        let memory = (configuration.memoryInBytes ?? Self.defaultMemory) + Self.reservedMemory
        var needs = MachineRequirements(
            memoryInBytes: (memory + mebibyte - 1) / mebibyte * mebibyte,
            processors: configuration.processors ?? configuration.visibleProcessors ?? Self.defaultProcessors
        )
        needs.ports = configuration.ports.isEmpty ? defaults.ports : configuration.ports
        // No other port can be reached.
        if let gateway = configuration.gateway { needs.ports = [gateway.port] }
        needs.hasOutboundNetwork = configuration.hasOutboundNetwork
        needs.timeLimitInSeconds = configuration.timeLimitInSeconds
        needs.takesHostArguments = configuration.takesHostParameters
        needs.hostEnvironment = configuration.hostEnvironment
        needs.platforms = isForSandbox ? configuration.platforms ?? Platform.allCases : try platforms()
        return needs
    }

    /// Where an application that says nothing of programs finds them, in every kind of launch.
    static let usualPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    // MARK: private

    /// The configuration's platforms, else all that the kernel's kind allows.
    private func platforms() throws(PackageError) -> [Platform] {
        guard kernel == .distribution else { return configuration.platforms ?? Platform.allCases }
        let platforms = configuration.platforms ?? [.vtpm]
        guard let first = platforms.first(where: \.isConfidential) else { return platforms }
        throw PackageError(kernelUnsealedFor: first.rawValue)
    }

    /// What tells that the application serves: what the configuration says, else any of the ports that lead to it.
    private func readiness() -> LaunchPlan.Readiness? {
        if let readiness = configuration.readiness {
            return readiness.path.map { .http(port: readiness.port, path: $0) } ?? .port(readiness.port)
        }
        guard configuration.gateway == nil else { return nil }
        let ports = configuration.ports.isEmpty ? defaults.ports : configuration.ports
        return ports.count > 1 ? .anyPort(ports) : ports.first.map { .port($0) }
    }

    /// The gateway's disk is the one behind all that the configuration mounts.
    private func gateway(_ wanted: PackageConfiguration.Gateway, _ volume: VerityVolume) -> LaunchPlan.Gateway {
        var gateway = LaunchPlan.Gateway(
            port: wanted.port,
            applicationPort: wanted.applicationPort,
            device: Self.disk(volumes.count),
            volume: volume
        )
        gateway.hasFiles = wanted.hasFiles
        return gateway
    }

    /// The letter of an additional disk; index 0 is the machine's second disk.
    private static func disk(_ index: Int) -> String {
        "\(UnicodeScalar(UInt8(ascii: "b") + UInt8(index)))"
    }

    private func application() throws(PackageError) -> LaunchPlan.Application {
        let named = (defaults.environment + configuration.environment).map { String($0.prefix { $0 != "=" }) }
        for name in named + configuration.hostEnvironment {
            guard let reason = MystikosVariable.refusal(of: name) else { continue }
            throw PackageError(.configurationUnsupported, subject: "the variable \(name)", expected: reason)
        }
        let environment = Self.merged([Self.usualPath] + defaults.environment + configuration.environment)
        let words = command()
        guard let first = words.first else {
            throw PackageError(
                .configurationValueInvalid,
                subject: "ApplicationPath",
                expected: "an absolute path, or an Entrypoint or Cmd in the root's \(ImageDefaults.path)",
                found: "none"
            )
        }
        let directory = configuration.workingDirectory ?? defaults.workingDirectory ?? "/"
        var application = LaunchPlan.Application(path: try program(first, environment, directory))
        application.arguments = Array(words.dropFirst())
        application.takesHostArguments = configuration.takesHostParameters
        application.hostEnvironment = configuration.hostEnvironment
        application.workingDirectory = directory
        var user = configuration.user
        if user == nil, let name = defaults.user { user = try root.user(name) }
        application.user = user?.user ?? 0
        application.group = user?.group ?? 0
        application.capabilities = configuration.capabilities.granted(to: application.user)
        let home = try root.home(of: application.user) ?? "/"
        application.environment = Self.merged(["HOME=\(home)"] + environment)
        application.stackInBytes = configuration.mainStackInBytes.flatMap { $0 > 0 ? UInt64($0) : nil }
        if let openFiles = configuration.openFiles { application.openFiles = UInt64(openFiles) }
        application.processors = configuration.visibleProcessors.map { UInt32($0) }
        return application
    }

    /// The program and its arguments: the configuration's, else the image's, whose `Cmd` the parameters replace.
    private func command() -> [String] {
        if let path = configuration.applicationPath { return [path] + (configuration.applicationParameters ?? []) }
        guard !defaults.entrypoint.isEmpty else { return configuration.applicationParameters ?? defaults.command }
        return defaults.entrypoint + (configuration.applicationParameters ?? defaults.command)
    }

    /// A program's absolute path: a bare name is looked for where the environment's PATH says, any other relative path
    /// starts at the working directory, as execvp(3) does.
    private func program(
        _ name: String,
        _ environment: [String],
        _ directory: String
    ) throws(PackageError) -> String {
        guard !name.hasPrefix("/") else { return name }
        var places = ["\(directory)/\(name)"]
        if !name.contains("/") {
            let path = environment.last { $0.hasPrefix("PATH=") }?.dropFirst(5) ?? ""
            places = path.split(separator: ":").map { ($0.hasPrefix("/") ? "" : "\(directory)/") + "\($0)/\(name)" }
        }
        places = places.map { RootTree.plain($0) }
        if let found = places.first(where: { root.isProgram($0) }) { return found }
        throw PackageError(
            .rootIncomplete,
            subject: name,
            expected: "a program at \(places.joined(separator: " or ")), or an absolute ApplicationPath",
            found: "none"
        )
    }

    /// The variables, each name once: what comes later takes the place of what came before.
    private static func merged(_ variables: [String]) -> [String] {
        var environment: [String] = []
        for text in variables {
            let name = text.prefix { $0 != "=" } + "="
            environment.removeAll { $0.hasPrefix(name) }
            environment.append(text)
        }
        return environment
    }

    private func mounts() -> [LaunchPlan.Mount] {
        var mounts: [LaunchPlan.Mount] = []
        var images = volumes[...]
        for mount in configuration.mounts {
            switch mount.kind {
            case .ramfs:
                mounts.append(
                    .memory(target: mount.target, maximumBytes: mount.sizeInBytes.map { UInt64($0) }, mode: 0o1777)
                )
            case .ext2:
                guard let volume = images.popFirst() else { continue }
                let device = Self.disk(volumes.count - images.count - 1)
                mounts.append(.image(target: mount.target, device: device, volume: volume))
            }
        }
        let taken = Set(configuration.mounts.map(\.target))
        let writable: [PackageConfiguration.Writable] =
            configuration.writable
            ?? [("/tmp", 0o1777), ("/run", 0o755)].compactMap { target, mode in
                guard isForSandbox || root.isFolder(target), !taken.contains(target) else { return nil }
                var place = PackageConfiguration.Writable(target: target)
                place.mode = UInt32(mode)
                return place
            }
        for place in writable {
            mounts.append(
                place.keepsContent
                    ? .overlay(target: place.target)
                    : .memory(
                        target: place.target,
                        maximumBytes: place.sizeInBytes.map { UInt64($0) },
                        mode: place.mode
                    )
            )
        }
        return mounts
    }

    /// Refuses what would fail inside the guest only, where no reason is reported.
    private func check(_ plan: LaunchPlan) throws(PackageError) {
        var folders = ["/proc", "/sys", "/dev"].map {
            (path: $0, purpose: "folders for the kernel's own file systems, as mkdir and adyton appbuilder make them")
        }
        // What a mount brings need not be in the root.
        var covered: [String] = ["/proc", "/sys", "/dev"]
        func isCovered(_ path: String) -> Bool { covered.contains { path == $0 || path.hasPrefix($0 + "/") } }
        for mount in plan.mounts {
            let target =
                switch mount {
                case .memory(let target, _, _), .overlay(let target), .image(let target, _, _): target
                }
            if !isCovered(target) { folders.append((target, "a folder to mount at")) }
            if case .overlay = mount { continue }
            covered.append(target)
        }
        let application = plan.application
        if !isCovered(application.workingDirectory) {
            folders.append((application.workingDirectory, "a folder for CurrentWorkingDirectory"))
        }
        if plan.attestation == .required, !isCovered("/run") {
            folders.append(("/run", "a folder where evidence is asked for (Attestation)"))
        }
        var missing = root.missing(folders)
        if !isCovered(application.path), !root.isProgram(application.path) {
            let found = root.entry(at: application.path).map { "a \($0.metadata.kind) that cannot be run" } ?? "nothing"
            missing.append((application.path, "a program for ApplicationPath", found))
        }
        guard let first = missing.first else { return }
        var purposes: [String] = []
        for item in missing where !purposes.contains(item.purpose) { purposes.append(item.purpose) }
        throw PackageError(
            .rootIncomplete,
            subject: missing.map(\.path).joined(separator: ", "),
            expected: purposes.joined(separator: ", and "),
            found: missing.count == 1 ? first.found : missing.map { "\($0.path): \($0.found)" }.joined(separator: ", ")
        )
    }
}
