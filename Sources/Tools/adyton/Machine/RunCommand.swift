import ArgumentParser
import Diagnostics
import EnclavePackage
import Files
import Foundation
import Machine
import PackageManifest
import RootFileSystem
import StrictJSON

/// `adyton run`: a package.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a package.",
        discussion: """
            Signature and digests are checked before anything starts, and disks again,
            block by block, as the guest reads them. Memory, processors, ports and time
            limit are the package's own. A port of the package leads to a free port of
            127.0.0.1, which is printed, unless --publish says which. What follows the
            package goes to the application where the package takes arguments.

            EXAMPLE
              adyton run app.adyton
              adyton run --publish 8080:8080 --detach --name oracle app.adyton
              adyton run --pubkey publisher.pem app.adyton
              adyton run --env LOG=debug app.adyton --verbose

            EXIT STATUS
              The application's own, or 128 and the signal that ended it; 100 to 113 and
              124 where the machine failed: see Docs/exit-codes.md.
            """
    )

    @OptionGroup var machine: MachineOptions
    @OptionGroup var trusting: TrustArguments

    @Option(help: "snp, tdx or vtpm. Without it, the best that this host has and the package allows.")
    var platform: Platform?

    @Argument(help: "The package.", completion: .file(extensions: ["adyton"]))
    var package: String

    @Argument(parsing: .captureForPassthrough, help: "Arguments for the application, where the package takes them.")
    var arguments: [String] = []

    /// The application's arguments, without the mark before them.
    private var words: [String] { arguments.first == "--" ? Array(arguments.dropFirst()) : arguments }

    private var session: MachineSession { MachineSession(command: "run", options: machine) }

    func run() throws {
        do {
            let sealed = try PackageWork.run("run") { report throws(PackageError) in
                let sealed = try SealedPackage(opening: package, trusting: trusting.trust())
                try sealed.verifyParts(progress: report)
                return sealed
            }
            try offerIsAllowed(by: sealed.manifest.machine)
            let platform = try choosePlatform(sealed.manifest.machine.platforms)
            let programs = try HostPrograms.find(for: platform, choice: machine.choice)
            try session.run(describe(sealed, platform, programs), files: files(of: sealed))
        } catch {
            throw session.failure(error)
        }
    }

    /// Refuses here what the guest would refuse later, with its name.
    private func offerIsAllowed(by needs: MachineRequirements) throws {
        if let first = words.first, !needs.takesHostArguments {
            throw ValidationError("The package takes no arguments from its host, found '\(first)'.")
        }
        for name in machine.env.map({ String($0.prefix { $0 != "=" }) }) where !needs.hostEnvironment.contains(name) {
            throw ValidationError("The package takes no variable '\(name)' from its host.")
        }
    }

    private func choosePlatform(_ allowed: [Platform]) throws -> Platform {
        if let platform, !allowed.contains(platform) {
            let names = allowed.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("The package was made for \(names), found --platform \(platform.rawValue).")
        }
        let candidates = platform.map { [$0] } ?? allowed
        for candidate in [Platform.snp, .tdx] where candidates.contains(candidate) {
            guard let programs = try? HostPrograms.find(for: candidate, choice: machine.choice) else { continue }
            let facts = HostFacts.ofThisHost(qemu: programs.qemu, firmware: programs.firmware)
            if facts.lacks(for: candidate).isEmpty { return candidate }
        }
        // The one that is left, or the first, whose launch then says what is missing.
        return candidates.contains(.vtpm) ? .vtpm : candidates.first ?? .vtpm
    }

    private func describe(
        _ sealed: SealedPackage,
        _ platform: Platform,
        _ programs: HostPrograms
    ) throws -> MachineDescription {
        let manifest = sealed.manifest
        var description = MachineDescription(
            name: machine.name ?? MachineSession.newName(manifest.name),
            platform: platform,
            accelerator: session.accelerator(for: platform, programs: programs),
            programs: programs,
            commandLine: manifest.commandLine
        )
        description.take(manifest.machine)
        description.disks = sealed.parts.filter { $0.name.hasSuffix(".img") }.map {
            MachineDescription.Disk(offset: $0.offset, size: $0.size)
        }
        description.isDebug = manifest.isDebug
        description.offer.arguments = words
        description.offer.manifest = Base64Bytes(sealed.manifestBytes)
        description.offer.manifestSignature = Base64Bytes(sealed.signatureBytes)
        description.identity = "\(manifest.name) \(Hexadecimal.text(manifest.digest))"
        try description.publish(machine.publish.map(\.port), allowed: manifest.machine.ports)
        return description
    }

    /// Kernel and initial file system are compared again as they are copied; disks are read through their hash trees.
    private func files(of sealed: SealedPackage) throws -> [MachineFile] {
        var files: [MachineFile] = []
        for name in [Manifest.PartName.kernel, Manifest.PartName.initialFileSystem] {
            files.append(MachineFile(sharing: try sealed.copyToMemory(name)))
        }
        return files + sealed.manifest.disks.map { _ in MachineFile(sharing: sealed.file) }
    }
}

extension Platform: ExpressibleByArgument {}
