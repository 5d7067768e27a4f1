import CGuest
import Glibc
import GuestInterface

/// A child process of process 1: the application, or the gateway in front of it.
///
/// ``Supervisor`` reaps it; its descriptor, limit and privilege setup is in `CGuest`, what it may do in `CConfinement`.
struct ApplicationProcess {
    /// The process ID.
    let identifier: Int32
    /// What tells of the system calls that were refused to it; nil without debug.
    let refusals: SystemFile?

    /// Starts the application with its user, resource limits and working directory.
    ///
    /// It inherits standard input, output and error only, it has no_new_privs set, and it has the plan's capabilities and
    /// no others.
    ///
    /// - Parameters:
    ///   - application: The application's part of the plan.
    ///   - offer: The host's input, already checked against the plan.
    ///   - platform: The platform's name, or `none`; passed in the environment.
    ///   - output: The file for standard output and error; nil discards them.
    /// - Throws: `guest.application-missing` where the program is missing or not executable, `guest.application-start`
    ///   where the kernel refuses a limit, the working directory or the program itself.
    init(
        _ application: LaunchPlan.Application,
        _ offer: UntrustedHostInput,
        platform: String,
        output: SystemFile?
    ) throws(GuestError) {
        try SystemCall.checkProgram(application.path).orFail(.applicationMissing, application.path)
        var started = application
        started.arguments = offer.arguments(for: application)
        started.environment = offer.environment(for: application, platform: platform)
        (identifier, refusals) = try Self.start(started, output: output).orFail(.applicationStart, application.path)
    }

    /// Starts the gateway with its image as root directory and its listening socket as descriptor 3, without any
    /// capability.
    ///
    /// - Parameters:
    ///   - gateway: The gateway's program, arguments and user.
    ///   - root: The mount point of the gateway's image.
    ///   - socket: A listening TCP socket; the child inherits it as descriptor 3.
    ///   - output: The file for standard output and error; nil discards them.
    /// - Throws: `guest.gateway`.
    init(
        gateway: LaunchPlan.Application,
        root: String,
        socket: SystemFile,
        output: SystemFile?
    ) throws(GuestError) {
        (identifier, refusals) = try Self.start(gateway, output: output, root: root, socket: socket)
            .orFail(.gateway, gateway.path)
    }

    /// Sends a signal to the process; a failure is ignored.
    func signal(_ number: Int32) {
        _ = guest_signal(identifier, number)
    }

    private static func start(
        _ application: LaunchPlan.Application,
        output: SystemFile?,
        root: String? = nil,
        socket: SystemFile? = nil
    ) -> Result<(identifier: Int32, refusals: SystemFile?), SystemCall.Failure> {
        var listener: Int32 = -1
        let code = unsafe withCStrings([application.path] + application.arguments) { arguments in
            unsafe withCStrings(application.environment) { environment in
                unsafe withCStrings([application.path, application.workingDirectory] + (root.map { [$0] } ?? [])) {
                    texts in
                    // Safe: every pointer of the structure lives until the innermost closure ends, and the call keeps
                    // none of them; the third text exists, or the list's terminating NULL is read instead.
                    var structure = unsafe guest_application(
                        path: texts?[0],
                        arguments: arguments,
                        environment: environment,
                        folder: texts?[1],
                        user: application.user,
                        group: application.group,
                        memory: application.memoryInBytes ?? 0,
                        stack: application.stackInBytes ?? 0,
                        open_files: application.openFiles,
                        processors: application.processors ?? 0,
                        output: output?.number ?? -1,
                        root: texts?[2],
                        socket: socket?.number ?? -1,
                        capabilities: Capability.bits(application.capabilities),
                        // A debug package has an output, which then names what was refused.
                        names_refusals: output == nil ? 0 : 1
                    )
                    return unsafe guest_start(&structure, &listener)
                }
            }
        }
        return withExtendedLifetime((output, socket)) {
            SystemCall.result(code).map { ($0, listener >= 0 ? SystemFile(number: listener) : nil) }
        }
    }

    /// Passes strings to a closure as a NULL-terminated array of C strings.
    private static func withCStrings(
        _ texts: [String],
        _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>?) -> Int32
    ) -> Int32 {
        // Safe: each copy is freed after the body returns, and only the body sees it.
        let copies = unsafe texts.map { unsafe strdup($0) } + [nil]
        defer {
            for index in unsafe copies.indices {
                unsafe free(copies[index])
            }
        }
        return unsafe copies.withUnsafeBufferPointer { unsafe body($0.baseAddress) }
    }
}
