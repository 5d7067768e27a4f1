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
        _ offer: HostOffer,
        platform: String,
        output: SystemFile?
    ) throws(GuestError) {
        try SystemCall.checkProgram(application.path).orFail(.applicationMissing, application.path)
        let arguments = [application.path] + offer.arguments(for: application)
        let environment = offer.environment(for: application, platform: platform)
        let code = unsafe Self.withCStrings(arguments) { arguments in
            unsafe Self.withCStrings(environment) { environment in
                unsafe application.path.withCString { path in
                    unsafe application.workingDirectory.withCString { folder in
                        // Safe: every pointer of the structure lives until the innermost closure ends, and the call
                        // keeps none of them.
                        var structure = unsafe guest_application(
                            path: path,
                            arguments: arguments,
                            environment: environment,
                            folder: folder,
                            user: application.user,
                            group: application.group,
                            memory: application.memoryInBytes ?? 0,
                            stack: application.stackInBytes ?? 0,
                            open_files: application.openFiles,
                            processors: application.processors ?? 0,
                            output: output?.number ?? -1
                        )
                        return unsafe guest_start(&structure)
                    }
                }
            }
        }
        identifier = try SystemCall.result(code).orFail(.applicationStart, application.path)
    }

    /// Sends the application a signal.
    func signal(_ number: Int32) {
        _ = guest_signal(identifier, number)
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
