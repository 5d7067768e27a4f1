import CGuest
import Glibc
import GuestInterface

/// The configured application, started.
struct ApplicationProcess {
    /// Its process id.
    let identifier: Int32

    /// Starts it: its user, its limits, its folder, no descriptor but the three, no way to more rights.
    ///
    /// - Parameters:
    ///   - application: What the plan says.
    ///   - offer: What the host said, checked against the plan.
    ///   - platform: What vouches for this machine.
    ///   - output: Where it writes; nil for nowhere.
    /// - Throws: `guest.application-missing` where there is no such program or it cannot be executed,
    ///   `guest.application-start` where a limit, the folder or the program itself was refused.
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
        identifier = try Self.start(started, output: output).orFail(.applicationStart, application.path)
    }

    /// Starts the gateway, shut into its own image, with the socket that it is reached at.
    ///
    /// - Parameters:
    ///   - gateway: The gateway as a program of its image.
    ///   - root: Where the image is mounted.
    ///   - socket: A TCP socket that listens; the program finds it as descriptor 3.
    ///   - output: Where it writes; nil for nowhere.
    /// - Throws: `guest.gateway`.
    init(
        gateway: LaunchPlan.Application,
        root: String,
        socket: SystemFile,
        output: SystemFile?
    ) throws(GuestError) {
        identifier = try Self.start(gateway, output: output, root: root, socket: socket)
            .orFail(.gateway, gateway.path)
    }

    /// Sends the application a signal.
    func signal(_ number: Int32) {
        _ = guest_signal(identifier, number)
    }

    private static func start(
        _ application: LaunchPlan.Application,
        output: SystemFile?,
        root: String? = nil,
        socket: SystemFile? = nil
    ) -> Result<Int32, SystemCall.Failure> {
        let code = unsafe withCStrings([application.path] + application.arguments) { arguments in
            unsafe withCStrings(application.environment) { environment in
                unsafe withCStrings([application.path, application.workingDirectory] + (root.map { [$0] } ?? [])) {
                    texts in
                    // Safe: every pointer of the structure lives until the innermost closure ends, and the call
                    // keeps none of them; the third text is there, or NULL ends the list in its place.
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
                        socket: socket?.number ?? -1
                    )
                    return unsafe guest_start(&structure)
                }
            }
        }
        return withExtendedLifetime((output, socket)) { SystemCall.result(code) }
    }

    /// Lends texts as a list that ends with NULL.
    private static func withCStrings(
        _ texts: [String],
        _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>?) -> Int32
    ) -> Int32 {
        // Safe: each copy is freed after the body, which is the only one to see it.
        let copies = unsafe texts.map { unsafe strdup($0) } + [nil]
        defer {
            for index in unsafe copies.indices {
                unsafe free(copies[index])
            }
        }
        return unsafe copies.withUnsafeBufferPointer { unsafe body($0.baseAddress) }
    }
}
