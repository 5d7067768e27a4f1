import Dispatch
import Foundation
package import GuestInterface
package import RootFileSystem

/// Runs one sandbox from start to end, with port forwarding and signal forwarding.
package struct SandboxRun {
    private static let passedOn = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]

    private let sandbox: Sandbox
    private let sharesNetwork: Bool

    /// Starts a sandbox.
    ///
    /// - Parameters:
    ///   - plan: The launch plan.
    ///   - image: The root file system, an ext2 image.
    ///   - ports: The application's ports that are reachable from the host.
    ///   - sharesNetwork: Whether the application shares the host's network.
    /// - Throws: `sandbox.entry`, `sandbox.job-invalid`.
    package init(plan: LaunchPlan, image: RootImage, ports: [Sandbox.Port], sharesNetwork: Bool) throws {
        sandbox = try Sandbox(plan: plan, image: image.file, ports: ports, sharesNetwork: sharesNetwork)
        self.sharesNetwork = sharesNetwork
    }

    /// Forwards ports and signals until the application ends.
    ///
    /// SIGINT, SIGTERM, SIGHUP and SIGQUIT of this process are forwarded instead of handled.
    ///
    /// - Parameter listening: Receives the host's ports, in the order of the application's, once they accept
    ///   connections.
    /// - Returns: Why the application ended.
    /// - Throws: `sandbox.port`; the sandbox is killed then.
    package func toEnd(listening: ([UInt16]) -> Void = { _ in }) async throws -> Sandbox.ExitReason {
        let sources = Self.passedOn.map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { [sandbox] in sandbox.signal(number) }
            source.resume()
            return source
        }
        defer { for source in sources { source.cancel() } }
        guard await sandbox.waitUntilStarted(), !sharesNetwork, !sandbox.ports.isEmpty else {
            return await sandbox.wait()
        }
        let forwarder: PortForwarder
        do {
            forwarder = try await PortForwarder(sandbox)
        } catch {
            sandbox.signal(SIGKILL)
            _ = await sandbox.wait()
            throw error
        }
        listening(forwarder.outsidePorts)
        let forwarding = Task { await forwarder.run() }
        let ending = await sandbox.wait()
        forwarding.cancel()
        await forwarding.value
        return ending
    }
}
