package import Machine

/// What a person asks of a machine beside what its package or configuration says.
package struct LaunchOptions: Equatable, Sendable {
    /// The machine's name; nil for a new one.
    package var name: String?
    /// What runs the instructions; nil for the best that works.
    package var accelerator: Accelerator?
    /// The programs that are taken instead of those that are found.
    package var programs = HostPrograms.Choice()
    /// The host's ports that lead into the guest.
    package var ports: [MachineDescription.Port] = []
    /// Variables for the application, `NAME=VALUE`; the guest takes those that its measured plan names.
    package var environment: [String] = []
    /// After how many seconds the machine is stopped; nil for the package's own limit.
    package var timeLimitInSeconds: Double?
    /// How many seconds the guest has to become ready; nil for the usual limit.
    package var startLimitInSeconds: Double?
    /// Whether the machine goes on without the command that started it.
    package var isDetached = false

    /// Nothing is asked for.
    package init() {}
}
