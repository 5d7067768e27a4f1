package import GuestInterface

/// The host's input before the application starts, checked against the plan and otherwise untrusted.
package struct UntrustedHostInput: Equatable {
    /// The time, in seconds since 1970; nil until the host has sent it.
    package private(set) var clock: UInt64?
    /// Arguments for the application; nil where the host sent none.
    package private(set) var arguments: [String]?
    /// Environment variables for the application, `NAME=VALUE`.
    package private(set) var environment: [String] = []
    /// The package's manifest and signature.
    package private(set) var documents = HostDocuments()
    /// Whether the host has sent `start`, its last message.
    package private(set) var isComplete = false

    package init() {}

    /// Adds a message where the plan allows it.
    ///
    /// - Parameters:
    ///   - message: The host's message.
    ///   - application: The application's part of the plan.
    /// - Throws: `guest.host-argument` for an argument or variable that the plan does not let a host set, `guest.clock`
    ///   for a time outside ``HostMessage/clockBounds``, and for a start without one, `guest.host-document` for documents that are too long, out of
    ///   order or incomplete, `guest.control` for a `stop` before `start`.
    package mutating func take(
        _ message: HostMessage,
        for application: LaunchPlan.Application
    ) throws(GuestError) {
        switch message {
        case .clock(let seconds):
            guard HostMessage.clockBounds.contains(seconds) else {
                throw GuestError(.clock, subject: "\(seconds) seconds since 1970")
            }
            clock = seconds
        case .argument(let text):
            guard application.takesHostArguments, (arguments?.count ?? 0) < HostMessage.maximumCount else {
                throw GuestError(.hostArgument, subject: "an argument")
            }
            arguments = (arguments ?? []) + [text]
        case .environment(let text):
            let name = text.prefix { $0 != "=" }
            guard name.count < text.count, !name.isEmpty, application.hostEnvironment.contains(String(name)),
                environment.count < HostMessage.maximumCount
            else { throw GuestError(.hostArgument, subject: "the variable \(name)") }
            environment.append(text)
        case .manifest(let piece): try documents.takeManifest(piece)
        case .manifestSignature(let piece): try documents.takeSignature(piece)
        case .start:
            // Without one the application would judge certificates by a clock that nobody set.
            guard clock != nil else { throw GuestError(.clock, subject: "a start without a time") }
            try documents.check()
            isComplete = true
        case .stop: throw GuestError(.control, subject: "a stop before the start")
        }
    }

    /// The application's arguments: the host's where the plan allows them and the host sent some, else the plan's.
    package func arguments(for application: LaunchPlan.Application) -> [String] {
        arguments ?? application.arguments
    }

    /// The application's environment: the plan's variables, overridden by the host's, then by the platform's name.
    ///
    /// - Parameters:
    ///   - application: The application's part of the plan.
    ///   - platform: The platform's name, or `none`.
    /// - Returns: Variables, `NAME=VALUE`.
    package func environment(for application: LaunchPlan.Application, platform: String) -> [String] {
        var result = application.environment
        // The name that Mystikos uses, and our own.
        for variable in environment + ["MYST_TARGET=\(platform)", "ADYTON_PLATFORM=\(platform)"] {
            let name = variable.prefix { $0 != "=" } + "="
            result.removeAll { $0.hasPrefix(name) }
            result.append(variable)
        }
        return result
    }
}
