import ArgumentParser
import EnclavePackage
import Foundation
import Machine
import MachineLaunch
import PackageManifest

/// What the four `exec` commands do: a machine out of a root file system and an application.
struct MachineExecution {
    let arguments: ExecArguments

    /// Plans the machine, and stays with it until its end.
    ///
    /// - Parameter platform: What to launch; nil for the best that this host has.
    /// - Throws: The exit status, `launch.*`, and what the libraries throw.
    func run(on platform: Platform?) throws {
        let application = arguments.application
        var machine = UnpackagedMachine(
            root: application.words[0],
            configuration: try configuration(),
            guest: try GuestFiles.find(
                kernel: arguments.kernel,
                initProgram: arguments.initial,
                modules: arguments.modules
            )
        )
        machine.acceptsUnsealedKernel = arguments.unsealedKernel
        machine.trust = try application.root.trust()
        machine.tree = try application.tree.options()
        machine.options = arguments.machine.launchOptions
        machine.hostArguments = Array(application.words.dropFirst(2))
        machine.configurationFolder = application.configurationFolder
        machine.insecurePolicy = arguments.insecurePolicy
        machine.isReplacingPolicy = arguments.overwrite.force
        let planned = try TransferProgress.show { progress in
            try machine.planned(on: platform, progress: progress) { Message.print($0.text) }
        }
        try MachineSession(options: arguments.machine).run(planned)
    }

    /// The configuration that the command line describes; a file that it names takes precedence.
    private func configuration() throws -> PackageConfiguration {
        var configuration = try arguments.application.configuration(hostEnvironment: arguments.machine.env)
        guard arguments.application.appConfigPath == nil else { return configuration }
        configuration.isDebug = !arguments.sealed
        configuration.hasOutboundNetwork = arguments.outbound
        // The machine is ready once the application answers where it is reached.
        for port in arguments.machine.publish.map(\.port.guestPort) where !configuration.ports.contains(port) {
            configuration.ports.append(port)
        }
        if let port = arguments.readyPort { configuration.readiness = PackageConfiguration.Readiness(port: port) }
        return configuration
    }
}
