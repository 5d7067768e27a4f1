package import Machine
package import PackageManifest

extension MachineDescription {
    /// Applies the requirements of a package or a configuration.
    ///
    /// - Parameter needs: Memory, processors, ports, time limit and outbound connections.
    package mutating func take(_ needs: MachineRequirements) {
        memoryInMebibytes = needs.memoryInBytes >> 20
        processors = needs.processors
        limits.runInSeconds = needs.timeLimitInSeconds.map(Double.init)
        // The launch plan always has an interface, so the machine has one; by default nothing is forwarded.
        network = Network(
            ports: needs.ports.map { Port(hostPort: 0, guestPort: $0) },
            isOutboundAllowed: needs.hasOutboundNetwork
        )
    }

    /// Forwards host ports to the guest.
    ///
    /// A mapping of one of the package's ports replaces the default, a free host port.
    ///
    /// - Parameters:
    ///   - ports: The user's mappings.
    ///   - allowed: The guest's ports that may be published; nil for all.
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

    /// Enables emulation with a thread per processor where QEMU's version does it safely.
    ///
    /// - Parameter host: The host, whose QEMU is asked for its version only if several processors are emulated.
    mutating func chooseEmulation(on host: LaunchHost) {
        guard accelerator == .tcg, processors > 1 else { return }
        hasThreadPerProcessor = host.hasSafeEmulationThreads(programs)
    }

    /// Applies the user's options: limits, variables, and whether the machine is detached.
    ///
    /// - Parameter options: The user's options.
    package mutating func take(_ options: LaunchOptions) {
        isDetached = options.isDetached
        offer.environment += options.environment
        limits.runInSeconds = options.timeLimitInSeconds ?? limits.runInSeconds
        limits.startInSeconds = options.startLimitInSeconds ?? limits.startInSeconds
    }
}
