import CGuest
import GuestInterface

/// Sets up the attested gateway between the network and an application that speaks plain HTTP, and isolates the two.
///
/// It opens the listening socket in the machine's network namespace. Process 1 then enters a new network namespace that
/// has only a loopback interface, and all later children inherit it. So the application is reachable through the
/// gateway only, and has no outgoing connections.
struct GuestGateway {
    private static let backlog: Int32 = 256

    private let gateway: LaunchPlan.Gateway
    private let socket: SystemFile

    /// Opens the listening socket, then enters the new network namespace.
    ///
    /// Call it before any thread is started that has to be in the new namespace.
    ///
    /// - Parameter gateway: The gateway's part of the plan.
    /// - Throws: `guest.gateway`, `guest.network`.
    init(_ gateway: LaunchPlan.Gateway) throws(GuestError) {
        self.gateway = gateway
        let number = try SystemCall.result(guest_listen_tcp(gateway.port, Self.backlog))
            .orFail(.gateway, "port \(gateway.port)")
        socket = SystemFile(number: number)
        try SystemCall.result(guest_leave_network()).orFail(.network, "a network of the application's own")
        try NetworkInterface(network: nil).bringUp()
    }

    /// Maps the disk of the gateway's image through dm-verity.
    ///
    /// Call it before the root is switched: the new `/dev` has no disk nodes.
    ///
    /// - Throws: `guest.gateway`.
    func mapImage() throws(GuestError) -> VerityDevice {
        try VerityDevice(further: gateway.device, gateway.volume, of: "the gateway", failure: .gateway)
    }

    /// Assembles the gateway's root: its image, and the evidence directory as a bind mount.
    ///
    /// - Parameters:
    ///   - image: The result of ``mapImage()``.
    ///   - application: The application, whose user owns the gateway's directory.
    /// - Throws: `guest.gateway`.
    func furnish(_ image: VerityDevice, for application: LaunchPlan.Application) throws(GuestError) {
        let root = GuestPath.gatewayRoot
        try makeFolder(root)
        try image.mount(at: root, failure: .gateway)
        try SystemCall.mount(
            "tmpfs",
            at: "\(root)/run",
            type: "tmpfs",
            [.noSetUser, .noDevices, .noPrograms],
            options: "mode=0755,size=16k,nr_inodes=8"
        )
        .orFail(.gateway, "\(root)/run")
        try makeFolder(root + GuestPath.folder)
        try SystemCall.mount(GuestPath.folder, at: root + GuestPath.folder, type: "none", .bind)
            .orFail(.gateway, root + GuestPath.folder)
        let folder = GuestPath.gatewayFolder
        try makeFolder(folder)
        try SystemCall.setOwner(folder, user: application.user, group: application.group).orFail(.gateway, folder)
        try SystemCall.setMode(folder, 0o700).orFail(.gateway, folder)
    }

    /// Starts the gateway as the application's user.
    ///
    /// - Parameters:
    ///   - application: The application behind the gateway.
    ///   - output: The file for standard output and error; nil discards them.
    /// - Returns: The gateway's process.
    /// - Throws: `guest.gateway`.
    func start(for application: LaunchPlan.Application, output: SystemFile?) throws(GuestError) -> ApplicationProcess {
        var program = LaunchPlan.Application(path: LaunchPlan.Gateway.program)
        program.arguments = [
            "--application", "\(gateway.applicationPort)", "--listening-socket", "3", "--attest", "machine",
            "--local-socket", GuestPath.gatewaySocket,
        ]
        if gateway.hasFiles { program.arguments += ["--credentials", GuestPath.gatewayFolder] }
        (program.user, program.group) = (application.user, application.group)
        return try ApplicationProcess(gateway: program, root: GuestPath.gatewayRoot, socket: socket, output: output)
    }

    private func makeFolder(_ path: String) throws(GuestError) {
        try SystemCall.makeFolder(path).orFail(.gateway, path)
    }
}
