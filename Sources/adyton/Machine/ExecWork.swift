import ArgumentParser
import Diagnostics
import Foundation
import GuestInterface
import Machine
import RootFileSystem

/// Puts a machine together from a root file system and an application, and runs it.
struct ExecWork {
    let command: String
    let arguments: ExecArguments

    private var session: MachineSession { MachineSession(command: command, options: arguments.machine) }

    /// - Parameter platform: What to launch; nil for the best that this host has.
    /// - Throws: The exit status.
    func run(on platform: Platform?) throws {
        do {
            let platform = platform ?? bestPlatform
            let programs = try HostPrograms.find(for: platform, choice: arguments.machine.choice)
            let scratch = try ScratchFolder()
            let (machine, files) = try prepare(platform, programs, scratch)
            // Every file is open by now, and its folder only a name.
            withExtendedLifetime(scratch) {}
            try session.run(machine, files: files)
        } catch {
            throw session.failure(error)
        }
    }

    private var bestPlatform: Platform {
        for platform in [Platform.snp, .tdx] {
            guard let programs = try? HostPrograms.find(for: platform, choice: arguments.machine.choice) else {
                continue
            }
            let facts = HostFacts.ofThisHost(qemu: programs.qemu, firmware: programs.firmware)
            if facts.lacks(for: platform).isEmpty { return platform }
        }
        session.say("this host has neither SEV-SNP nor TDX (see adyton doctor); taking a measured virtual machine")
        return .vtpm
    }

    private func prepare(
        _ platform: Platform,
        _ programs: HostPrograms,
        _ scratch: ScratchFolder
    ) throws -> (MachineDescription, [OpenFile]) {
        let path = arguments.words[0]
        let meter = StandardError.isTerminal ? TransferMeter() : nil
        var report: ByteProgress.Report?
        if let meter { report = { meter.show(done: $0, of: $1) } }
        let owner = arguments.owner.flatMap { IdentityPair($0) }.map { (user: $0.user, group: $0.group) }
        defer { meter?.finish() }
        let root = try RootImage(path, trust: trust(), scratch: scratch, owner: owner, progress: report)
        let guest = try GuestFiles(folder: arguments.guest, initial: arguments.initial)
        let files = [
            try OpenFile(reading: guest.kernel), try guest.initialFileSystem(for: plan, scratch: scratch), root.file,
        ]
        var machine = MachineDescription(
            name: arguments.machine.name ?? Self.newName(arguments.words[1]),
            platform: platform,
            accelerator: session.accelerator(for: platform, programs: programs),
            programs: programs,
            commandLine: KernelCommandLine(root: root.volume, isDebug: !arguments.sealed).text
        )
        machine.memoryInMebibytes = arguments.memory.bytes >> 20
        machine.processors = arguments.processors
        machine.disks = [MachineDescription.Disk(size: root.size)]
        machine.network = network
        machine.isDebug = !arguments.sealed
        machine.identity = "\(path) \(arguments.words[1])"
        return (machine, files)
    }

    private var network: MachineDescription.Network? {
        guard hasNetwork else { return nil }
        return MachineDescription.Network(
            ports: arguments.machine.publish.map(\.port),
            isOutboundAllowed: arguments.outbound
        )
    }

    private var hasNetwork: Bool { !arguments.machine.publish.isEmpty || arguments.outbound }

    private var plan: LaunchPlan {
        var application = LaunchPlan.Application(path: arguments.words[1])
        application.arguments = Array(arguments.words.dropFirst(2))
        application.environment = arguments.environment
        application.hostEnvironment = arguments.machine.env.map { String($0.prefix { $0 != "=" }) }
        application.workingDirectory = arguments.directory
        application.stackInBytes = arguments.mainStackSize.map { UInt64($0.bytes) }
        if let user = arguments.user.flatMap({ IdentityPair($0) }) {
            application.user = user.user
            application.group = user.group
        }
        var plan = LaunchPlan(application: application)
        plan.isDebug = !arguments.sealed
        plan.mounts = ["/tmp", "/run", "/var/tmp"].map { .memory(target: $0, maximumBytes: nil, mode: 0o1777) }
        plan.readiness = arguments.readyPort.map { .port($0) }
        if hasNetwork {
            var network = LaunchPlan.Network()
            if arguments.outbound {
                network.gateway = "10.0.2.2"
                network.nameServers = ["10.0.2.3"]
            }
            plan.network = network
        }
        return plan
    }

    private func trust() throws -> RootImage.Trust {
        var trust = RootImage.Trust()
        trust.rootHashes = try arguments.rootHashes.map { path in
            let bytes = try OpenFile(reading: path).readAll(atMost: 4096)
            let text = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            guard let hash = Hexadecimal.bytes(text), hash.count == 32 else {
                throw ValidationError("\(path) holds no root hash of 64 hexadecimal digits.")
            }
            return Hexadecimal.text(hash)
        }
        trust.signers = try arguments.signers.map { try SignerKey(reading: $0) }
        return trust
    }

    /// A name that says what runs and that no other machine has.
    static func newName(_ subject: String) -> String {
        let word = subject.split(separator: "/").last.map(String.init) ?? "machine"
        let plain = String(word.filter { $0.isASCII && ($0.isLetter || $0.isNumber) }.prefix(24))
        return (plain.isEmpty ? "machine" : plain) + "-" + String(UInt32.random(in: 0...UInt32.max), radix: 16)
    }
}
