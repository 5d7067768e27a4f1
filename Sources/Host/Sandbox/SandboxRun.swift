import Dispatch
import Foundation
package import GuestInterface
package import RootFileSystem

/// Runs one sandbox from start to end, with port forwarding and signal forwarding.
package struct SandboxRun {
    private static let passedOn = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]

    private let sandbox: Sandbox
    private let sharesNetwork: Bool
    private let tracer: SandboxTracer?

    /// Starts a sandbox.
    ///
    /// - Parameters:
    ///   - plan: The launch plan.
    ///   - image: The root file system, an ext2 image.
    ///   - mounts: The images of the plan's image mounts, in their order.
    ///   - ports: The application's ports that are reachable from the host.
    ///   - sharesNetwork: Whether the application shares the host's network.
    ///   - tracer: What traces the application from its first instruction; nil for nothing.
    /// - Throws: `sandbox.entry`, `sandbox.job-invalid`.
    package init(
        plan: LaunchPlan,
        image: RootImage,
        mounts: [RootImage] = [],
        ports: [Sandbox.Port],
        sharesNetwork: Bool,
        tracer: SandboxTracer? = nil
    ) throws {
        sandbox = try Sandbox(
            plan: plan,
            images: [image.file] + mounts.map(\.file),
            ports: ports,
            sharesNetwork: sharesNetwork,
            stops: tracer != nil
        )
        self.sharesNetwork = sharesNetwork
        self.tracer = tracer
    }

    /// Forwards ports and signals until the application ends.
    ///
    /// SIGINT, SIGTERM, SIGHUP and SIGQUIT of this process are forwarded instead of handled.
    ///
    /// - Parameter listening: Receives the host's ports, in the order of the application's, once they accept
    ///   connections.
    /// - Returns: Why the application ended.
    /// - Throws: `sandbox.port`, `sandbox.tracer`; the sandbox is killed then.
    package func toEnd(listening: ([UInt16]) -> Void = { _ in }) async throws -> Sandbox.ExitReason {
        let sources = Self.passedOn.map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { [sandbox] in sandbox.signal(number) }
            source.resume()
            return source
        }
        defer { for source in sources { source.cancel() } }
        if let tracer {
            do {
                try await tracer.attach(to: sandbox)
            } catch {
                sandbox.signal(SIGKILL)
                _ = await sandbox.wait()
                throw error
            }
        }
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
