import CSandbox
import Glibc
import GuestInterface

/// Starts the application inside the sandbox with resource limits, Landlock rules, and the capabilities and the system
/// call filter that it has in a machine.
struct SandboxApplication {
    let application: LaunchPlan.Application

    init(_ application: LaunchPlan.Application) { self.application = application }

    /// Starts the application; the calling process must already be in the sandbox's root.
    ///
    /// - Parameters:
    ///   - writableFolders: The directories it may write to; a missing one is skipped.
    ///   - ports: The TCP ports it may bind.
    ///   - limitsPorts: Whether Landlock restricts binding to `ports`, as it does where the network is the host's.
    ///   - stops: Whether it stops itself before the program starts, until a signal lets it go on.
    /// - Returns: The process ID, and the descriptor that tells of refused system calls; nil where this system gives
    ///   none.
    /// - Throws: `sandbox.rules`, `sandbox.application-missing`, `sandbox.application-start`.
    func start(
        writableFolders: [String],
        ports: [UInt16],
        limitsPorts: Bool,
        stops: Bool
    ) throws -> (process: pid_t, refusals: Int32?) {
        let rules = try makeRules(writableFolders, ports, limitsPorts)
        defer { if rules >= 0 { close(rules) } }
        let limits = limits
        let texts = CStrings([application.path] + application.arguments)
        let environment = CStrings(application.environment)
        var (step, listener) = (sandbox_step_none, Int32(-1))
        // Safe, here and below: every pointer is into memory of ours that outlives the call.
        let process = unsafe application.path.withCString { path in
            unsafe application.workingDirectory.withCString { directory in
                unsafe limits.map(\.resource).withUnsafeBufferPointer { resources in
                    unsafe limits.map(\.value).withUnsafeBufferPointer { values in
                        var wanted = unsafe sandbox_application(
                            path: path,
                            arguments: texts.pointers,
                            environment: environment.pointers,
                            directory: directory,
                            user: application.user,
                            group: application.group,
                            limited: resources.baseAddress,
                            limits: values.baseAddress,
                            limit_count: limits.count,
                            rules: rules,
                            stops: stops ? 1 : 0,
                            capabilities: Capability.bits(application.capabilities)
                        )
                        return unsafe sandbox_start(&wanted, &step, &listener)
                    }
                }
            }
        }
        return try withExtendedLifetime((texts, environment)) {
            guard process > 0 else { throw failure(of: step) }
            return (process, listener >= 0 ? listener : nil)
        }
    }

    private func makeRules(_ writable: [String], _ ports: [UInt16], _ limitsPorts: Bool) throws -> Int32 {
        // A kernel without Landlock still has the read-only root, the namespaces and the filter.
        guard sandbox_rules_version() > 0 else { return -1 }
        let folders = CStrings(writable.filter { unsafe access($0, F_OK) == 0 })
        let rules = unsafe folders.withConstantPointers {
            unsafe sandbox_make_rules($0, folders.count, ports, ports.count, limitsPorts ? 1 : 0)
        }
        guard rules >= 0 else { throw SandboxError.system(.rules, "Landlock's rules") }
        return rules
    }

    private var limits: [(resource: Int32, value: UInt64)] {
        var limits: [(resource: Int32, value: UInt64)] = [(Int32(RLIMIT_CORE.rawValue), 0)]
        var present = rlimit()
        let files =
            unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &present) == 0
            ? min(application.openFiles, UInt64(present.rlim_max)) : application.openFiles
        limits.append((Int32(RLIMIT_NOFILE.rawValue), files))
        // RLIMIT_DATA instead of RLIMIT_AS: engines map far more memory than they use.
        if let memory = application.memoryInBytes { limits.append((Int32(RLIMIT_DATA.rawValue), memory)) }
        if let stack = application.stackInBytes { limits.append((Int32(RLIMIT_STACK.rawValue), stack)) }
        return limits
    }

    private func failure(of step: sandbox_step) -> SandboxError {
        switch step {
        case sandbox_step_program where errno == ENOENT:
            SandboxError(
                .applicationMissing,
                subject: application.path,
                expected: "a program in the root file system, with its interpreter",
                found: "none"
            )
        case sandbox_step_program: .system(.applicationStart, application.path)
        case sandbox_step_directory: .system(.applicationStart, "the working directory \(application.workingDirectory)")
        case sandbox_step_identity: .system(.applicationStart, "user \(application.user), group \(application.group)")
        case sandbox_step_limit: .system(.applicationStart, "the resource limits")
        case sandbox_step_rules: .system(.rules, "Landlock's rules")
        case sandbox_step_filter: .system(.rules, "the system call filter")
        default: .system(.applicationStart, application.path)
        }
    }
}
