package import GuestInterface

/// The measured boot configuration: the launch plan and the root volume.
package struct PlanSource {
    /// The package's launch plan.
    package let plan: LaunchPlan
    /// The root volume, from the kernel's command line.
    package let root: VerityVolume

    /// Parses the plan and the command line, and checks them against each other.
    ///
    /// - Parameters:
    ///   - plan: The bytes of ``LaunchPlan/path``.
    ///   - commandLine: The bytes of `/proc/cmdline`.
    /// - Throws: `guest.plan` where either is malformed, a module's name is not a file name, only one of the two enables
    ///   debug, or a plan for hardware has a distribution's kernel and does not call it `unsealed`.
    package init(plan: [UInt8], commandLine: [UInt8]) throws(GuestError) {
        guard let text = String(validating: plan, as: UTF8.self), let plan = LaunchPlan.read(text) else {
            throw GuestError(.plan, subject: LaunchPlan.path)
        }
        let words = String(decoding: commandLine, as: UTF8.self)
        guard let line = KernelCommandLine(text: words) else {
            throw GuestError(.plan, subject: "the kernel's command line")
        }
        guard line.isDebug == plan.isDebug else {
            throw GuestError(.plan, subject: "debug, which plan and command line say differently")
        }
        guard plan.isKernelAllowed else {
            throw GuestError(.plan, subject: "a distribution's kernel for \(plan.platforms.joined(separator: ", "))")
        }
        for name in plan.modules + plan.optionalModules where name.contains("/") || name.isEmpty {
            throw GuestError(.plan, subject: "the module's name \(name)")
        }
        self.plan = plan
        root = line.root
    }

    /// Reads both from the initial file system and `/proc`.
    ///
    /// - Throws: `guest.plan`.
    static func read() throws(GuestError) -> PlanSource {
        let commandLine = try SystemCall.contents(of: "/proc/cmdline").orFail(.plan, "/proc/cmdline")
        let plan = try SystemCall.contents(of: LaunchPlan.path).orFail(.plan, LaunchPlan.path)
        return try PlanSource(plan: plan, commandLine: commandLine)
    }
}
