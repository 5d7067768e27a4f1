import CLinux
import CSandbox
import Diagnostics
import Files
import Foundation
import Glibc
package import GuestInterface
package import RootFileSystem
import Synchronization

/// The developer's sandbox: an application in its own namespaces, on an unpacked read-only image.
///
/// It isolates the host from the application and not the application from the host: the host's user can read and change
/// everything in it, and it provides no evidence. ``SandboxRun`` drives it; ``SandboxInit`` is the process 1 inside.
package final class Sandbox: Sendable {
    /// A port of the application, and the host's port that is forwarded to it.
    package struct Port: Sendable, Equatable {
        /// The application's port.
        package let inside: UInt16
        /// The host's port on the loopback interface; 0 chooses a free one.
        package let outside: UInt16

        /// Creates a mapping.
        ///
        /// - Parameters:
        ///   - inside: The application's port.
        ///   - outside: The host's port.
        package init(inside: UInt16, outside: UInt16) {
            self.inside = inside
            self.outside = outside
        }
    }

    /// Why a sandbox ended.
    package enum ExitReason: Equatable, Sendable {
        /// The application exited with this status, or was killed by a signal: 128 plus its number.
        case exited(Int32)
        /// The sandbox could not be created; the reason is on standard error.
        case failed
    }

    private let child: SandboxProcess
    private let control: Int32
    private let hasStarted = Mutex(false)
    private let connecting = Mutex(())
    /// The ports; process 1 refers to them by index.
    let ports: [Port]

    /// Starts a sandbox; the caller has to call ``wait()``.
    ///
    /// - Parameters:
    ///   - plan: The launch plan; its modules and network apply to virtual machines only.
    ///   - images: The root file system and the plan's image mounts, ext2 images that the caller has verified.
    ///   - ports: The application's ports that are reachable from the host.
    ///   - sharesNetwork: Whether the application shares the host's network, including outgoing connections.
    ///   - stops: Whether the application stops itself before its program starts, for a tracer to attach.
    /// - Throws: `sandbox.entry`, `sandbox.job-invalid`.
    package init(plan: LaunchPlan, images: [Descriptor], ports: [Port], sharesNetwork: Bool, stops: Bool = false) throws
    {
        self.ports = ports
        // Safe, here and below: no memory is passed but strings and arrays of our own that outlive the calls.
        let job = SandboxJob(plan: plan.text, ports: ports.map(\.inside), sharesNetwork: sharesNetwork, stops: stops)
        let jobFile = unsafe linux_memory_file("job")
        guard jobFile >= 0 else { throw SandboxError.system(.entry, "the job") }
        let jobHandle = FileHandle(fileDescriptor: jobFile, closeOnDealloc: true)
        try jobHandle.write(contentsOf: try JSONEncoder().encode(job))
        var pair: [Int32] = [-1, -1]
        let type = Int32(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, type, 0, &pair) == 0 else { throw SandboxError.system(.entry, "a socket") }
        defer { close(pair[1]) }
        control = pair[0]
        let arguments = unsafe [
            String(cString: sandbox_name), "\(plan.application.user)", "\(plan.application.group)",
            sharesNetwork ? "host" : "own",
        ]
        let environment = Self.ownEnvironment
        let inside = pair[1]
        child = SandboxProcess {
            let (texts, variables) = (CStrings(arguments), CStrings(environment))
            defer { withExtendedLifetime((texts, variables)) {} }
            return unsafe sandbox_spawn(
                "/proc/self/exe",
                texts.pointers,
                variables.pointers,
                jobFile,
                inside
            )
        }
        try withExtendedLifetime((jobHandle, images)) {
            for image in images {
                guard child.number > 0, sandbox_send_descriptor(control, image.number, 0) == 0 else {
                    throw SandboxError.system(.entry, "the sandbox's first process")
                }
            }
        }
    }

    deinit {
        close(control)
    }

    /// The environment of process 1: the library path only.
    private static var ownEnvironment: [String] {
        ProcessInfo.processInfo.environment["LD_LIBRARY_PATH"].map { ["LD_LIBRARY_PATH=\($0)"] } ?? []
    }

    /// Waits until the application runs; blocks a thread of its own.
    ///
    /// - Returns: Whether it runs; false where the sandbox ended before.
    package func waitUntilStarted() async -> Bool {
        await Self.onThread { [self] in
            var (nothing, byte): (Int32, UInt8) = (-1, 0)
            let started =
                unsafe sandbox_receive_descriptor(control, &nothing, &byte) == 0 && byte == SandboxSignal.started
            hasStarted.withLock { $0 = started }
            return started
        }
    }

    /// The first process of the sandbox, as this host numbers it.
    var firstProcess: pid_t { child.number }

    /// Waits until the sandbox ends.
    ///
    /// - Returns: Why it ended.
    package func wait() async -> ExitReason {
        let code = SandboxProcess.exitCode(await child.status())
        let started = hasStarted.withLock { $0 }
        return !started && code == sandbox_entry_failure ? .failed : .exited(code)
    }

    /// Forwards a signal to the application.
    ///
    /// - Parameter number: The signal.
    package func signal(_ number: Int32) {
        kill(child.number, number)
    }

    /// Connects to one of the application's ports from inside its network namespace; blocks the calling thread.
    ///
    /// - Parameter place: The port's index in `ports`.
    /// - Returns: A connected socket, which the caller closes; nil where nothing listens.
    package func connect(toPortAt place: Int) -> Int32? {
        connecting.withLock { _ in
            guard let byte = UInt8(exactly: place), sandbox_send_descriptor(control, -1, byte) == 0 else {
                return nil
            }
            var (connection, answer): (Int32, UInt8) = (-1, 0)
            guard unsafe sandbox_receive_descriptor(control, &connection, &answer) == 0, connection >= 0 else {
                return nil
            }
            return connection
        }
    }

    /// Runs a blocking call on a new thread.
    static func onThread<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: body()) }
        }
    }
}
