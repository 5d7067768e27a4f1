package import Machine

/// The user's options for a machine, in addition to its package or configuration.
package struct LaunchOptions: Equatable, Sendable {
    /// The machine's name; nil for a generated one.
    package var name: String?
    /// The accelerator; nil for the best that works.
    package var accelerator: Accelerator?
    /// Programs to use instead of the search's results.
    package var programs = HostPrograms.Choice()
    /// The host ports that are forwarded to the guest.
    package var ports: [MachineDescription.Port] = []
    /// Variables for the application, `NAME=VALUE`; the guest accepts those that its measured launch plan names.
    package var environment: [String] = []
    /// The images of the mounts for which the package or the configuration names none.
    package var mounts = MountedImages()
    /// After how many seconds the machine is stopped; nil for the package's own limit.
    package var timeLimitInSeconds: Double?
    /// The timeout until the guest is ready, in seconds; nil for the default.
    package var startLimitInSeconds: Double?
    /// Whether the machine continues without the command that started it.
    package var isDetached = false

    /// Creates the default options.
    package init() {}
}
