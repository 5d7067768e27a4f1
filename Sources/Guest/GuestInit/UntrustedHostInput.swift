package import GuestInterface

/// What the host offers before the application starts; nothing of it is trusted.
package struct UntrustedHostInput: Equatable {
    /// The time, in seconds since 1970.
    package private(set) var clock: UInt64?
    /// Arguments for the application; nil where the host named none.
    package private(set) var arguments: [String]?
    /// Variables for the application, `NAME=VALUE`.
    package private(set) var environment: [String] = []
    /// The package's manifest and signature.
    package private(set) var documents = HostDocuments()
    /// Whether the host has nothing more to offer.
    package private(set) var isComplete = false

    package init() {}

    /// Takes a message in, where the plan allows it.
    ///
    /// - Parameters:
    ///   - message: What the host said.
    ///   - application: What the plan says of the application.
    /// - Throws: `guest.host-argument` for an argument or a variable that the plan does not let a host set,
    ///   `guest.clock` for a time outside `HostMessage.clockBounds`, `guest.host-document` for documents that are too
    ///   long, out of order, or of which one is missing.
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
            try documents.check()
            isComplete = true
        case .stop: throw GuestError(.control, subject: "a stop before the start")
        }
    }

    /// The application's arguments: the host's where the plan takes them and the host named some, else the plan's.
    package func arguments(for application: LaunchPlan.Application) -> [String] {
        arguments ?? application.arguments
    }

    /// The application's environment: the plan's, in which the host's variables replace those of the same name, and
    /// these the platform's name.
    ///
    /// - Parameters:
    ///   - application: What the plan says.
    ///   - platform: What vouches for this machine, or `none`.
    /// - Returns: Variables, `NAME=VALUE`.
    package func environment(for application: LaunchPlan.Application, platform: String) -> [String] {
        var result = application.environment
        // As Mystikos has it, and in a name of our own.
        for variable in environment + ["MYST_TARGET=\(platform)", "ADYTON_PLATFORM=\(platform)"] {
            let name = variable.prefix { $0 != "=" } + "="
            result.removeAll { $0.hasPrefix(name) }
            result.append(variable)
        }
        return result
    }
}
