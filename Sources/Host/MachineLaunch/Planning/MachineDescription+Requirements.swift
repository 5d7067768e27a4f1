package import Machine
package import PackageManifest

extension MachineDescription {
    /// Takes over what a package or a configuration asks for.
    ///
    /// - Parameter needs: Memory, processors, ports, time limit and the way out.
    package mutating func take(_ needs: MachineRequirements) {
        memoryInMebibytes = needs.memoryInBytes >> 20
        processors = needs.processors
        limits.runInSeconds = needs.timeLimitInSeconds.map(Double.init)
        // The plan always has an interface, so the machine has one; it leads nowhere where nothing is said.
        network = Network(
            ports: needs.ports.map { Port(hostPort: 0, guestPort: $0) },
            isOutboundAllowed: needs.hasOutboundNetwork
        )
    }

    /// Connects the host's ports with the guest's.
    ///
    /// A port of the package that is named here leads there, and no more to a free one.
    ///
    /// - Parameters:
    ///   - ports: What a person asked for.
    ///   - allowed: The guest's ports that may be published; nil for every one.
    /// - Throws: `launch.port-not-named`.
    package mutating func publish(_ ports: [Port], allowed: [UInt16]?) throws(LaunchError) {
        for port in ports {
            if let allowed, !allowed.contains(port.guestPort) {
                let names = allowed.map(String.init).joined(separator: ", ")
                throw LaunchError(
                    .portNotNamed,
                    subject: "--publish",
                    expected: names.isEmpty
                        ? "nothing, for the package names no port" : "a port of the package: \(names)",
                    found: "\(port.guestPort)"
                )
            }
            if let index = network?.ports.firstIndex(where: { $0.guestPort == port.guestPort && $0.hostPort == 0 }) {
                network?.ports[index] = port
            } else {
                network?.ports.append(port)
            }
        }
    }

    /// Has QEMU emulate each processor on a thread of its own where its version does so safely.
    ///
    /// - Parameter host: Where the version is asked for, which only emulation of several processors needs.
    mutating func chooseEmulation(on host: LaunchHost) {
        guard accelerator == .tcg, processors > 1 else { return }
        hasThreadPerProcessor = host.hasSafeEmulationThreads(programs)
    }

    /// Takes over what a person asks for beside the package: limits, variables, and whether the machine is detached.
    ///
    /// - Parameter options: The person's.
    package mutating func take(_ options: LaunchOptions) {
        isDetached = options.isDetached
        offer.environment += options.environment
        limits.runInSeconds = options.timeLimitInSeconds ?? limits.runInSeconds
        limits.startInSeconds = options.startLimitInSeconds ?? limits.startInSeconds
    }
}
