import CSandbox
import Diagnostics
import Files
import Foundation
import Glibc
import GuestInterface
import RootFileSystem
import StrictJSON

/// Process 1 of a sandbox: sets up the root, starts the application, and exits with its status.
package enum SandboxInit {
    /// Whether this process was started as process 1 of a sandbox instead of by a user.
    package static var isWanted: Bool { sandbox_is_inside() == 1 }

    /// Runs the job in descriptor 3.
    ///
    /// An error before the application runs is written to standard error.
    ///
    /// - Returns: The application's exit status, 128 plus the signal's number where a signal killed it, or 125 after an
    ///   error.
    package static func run() -> Int32 {
        do {
            let job = try receiveJob()
            guard let plan = LaunchPlan.read(job.plan) else {
                throw SandboxError(.jobInvalid, subject: "the launch plan")
            }
            let root = SandboxRoot(plan: plan, sharesNetwork: job.sharesNetwork)
            // The images are closed when this returns.
            let image = try receiveImage()
            var mounts: [Descriptor] = []
            for case .image in plan.mounts { mounts.append(try receiveImage()) }
            try root.enter(image: image, mounts: mounts)
            try setUp(plan, job)
            let (application, refusals) = try SandboxApplication(plan.application).start(
                writableFolders: root.writableFolders,
                ports: job.ports,
                limitsPorts: job.sharesNetwork,
                stops: job.stops
            )
            _ = sandbox_send_descriptor(SandboxJob.controlDescriptor, -1, SandboxSignal.started)
            Thread.detachNewThread { SandboxConnector(ports: job.ports).serve() }
            if let refusals { Thread.detachNewThread { SandboxRefusals(listener: refusals).name() } }
            return SandboxProcess.exitCode(sandbox_supervise(application))
        } catch {
            try? FileHandle.standardError.write(contentsOf: Data("adyton exec-linux: \(error)\n".utf8))
            return sandbox_entry_failure
        }
    }

    private static func receiveJob() throws -> SandboxJob {
        let file = FileHandle(fileDescriptor: SandboxJob.descriptor, closeOnDealloc: true)
        try file.seek(toOffset: 0)
        let bytes = Array(try file.readToEnd() ?? Data())
        do throws(JSONError) {
            return try JSONText.decode(from: bytes)
        } catch {
            throw SandboxError(.jobInvalid, subject: "the launcher's job", found: "\(error)")
        }
    }

    private static func receiveImage() throws -> Descriptor {
        var (image, byte): (Int32, UInt8) = (-1, 0)
        // Safe: both values are ours and outlive the call.
        guard unsafe sandbox_receive_descriptor(SandboxJob.controlDescriptor, &image, &byte) == 0, image >= 0 else {
            throw SandboxError.system(.jobInvalid, "the image's descriptor")
        }
        return Descriptor(taking: image, name: "the root file system")
    }

    private static func setUp(_ plan: LaunchPlan, _ job: SandboxJob) throws {
        let hostname = Array(plan.hostname.utf8).map { CChar(bitPattern: $0) }
        guard unsafe sethostname(hostname, hostname.count) == 0 else {
            throw SandboxError.system(.entry, "the host name \(plan.hostname)")
        }
        if !job.sharesNetwork, sandbox_loopback_up() != 0 { throw SandboxError.system(.entry, "the interface lo") }
        guard let processors = plan.application.processors, processors > 0 else { return }
        guard sandbox_limit_processors(processors) == 0 else {
            throw SandboxError.system(.entry, "\(processors) processors")
        }
    }
}

/// Names on standard error the system calls that were refused to the application, each once for a process's name.
///
/// A machine refuses the same calls, and names them only in a debug package.
private struct SandboxRefusals {
    /// The most lines, each for another call or process.
    private static let limit = 256

    let listener: Int32

    /// Answers refused calls until the last process of the application ends.
    func name() {
        var named: Set<Substring> = []
        var line = [CChar](repeating: 0, count: 192)
        while true {
            // Safe: the call writes at most as many bytes as the length that is passed, the last of them NUL.
            let answered = unsafe sandbox_next_refusal(listener, &line, line.count)
            guard answered >= 0 else { return }
            guard answered > 0, named.count < Self.limit else { continue }
            let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            // Without the process's number, which each new process has another of.
            guard named.insert(text.drop { $0 != "(" }).inserted else { continue }
            try? FileHandle.standardError.write(contentsOf: Data("adyton exec-linux: \(text)\n".utf8))
        }
    }
}

/// Connects to the application inside its network namespace, and sends the sockets to the launcher.
private struct SandboxConnector {
    let ports: [UInt16]

    func serve() {
        while true {
            var (nothing, place): (Int32, UInt8) = (-1, 0)
            guard unsafe sandbox_receive_descriptor(SandboxJob.controlDescriptor, &nothing, &place) == 0 else { return }
            let connection = Int(place) < ports.count ? connect(to: ports[Int(place)]) : -1
            let answer = connection >= 0 ? SandboxSignal.connected : SandboxSignal.refused
            _ = sandbox_send_descriptor(SandboxJob.controlDescriptor, connection, answer)
            if connection >= 0 { close(connection) }
        }
    }

    private func connect(to port: UInt16) -> Int32 {
        let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard connection >= 0 else { return -1 }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        // Safe: the structure is ours, outlives the call, and its own size is passed.
        let result = unsafe withUnsafePointer(to: address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            close(connection)
            return -1
        }
        return connection
    }
}
