import CGuest
import GuestInterface

/// The gateway between the network and an application that speaks plain HTTP, and what keeps the two apart.
///
/// The socket that the network reaches is made first; then process 1 leaves that network for one with a loopback
/// interface alone, and all that it starts is born there. So the application can be reached through the gateway and in no
/// other way, and reaches nothing.
struct GuestGateway {
    private static let backlog: Int32 = 256

    private let gateway: LaunchPlan.Gateway
    private let socket: SystemFile

    /// Listens, and leaves the network; before any thread that is to live in the new one.
    ///
    /// - Parameter gateway: What the plan says.
    /// - Throws: `guest.gateway`, `guest.network`.
    init(_ gateway: LaunchPlan.Gateway) throws(GuestError) {
        self.gateway = gateway
        let number = try SystemCall.result(guest_listen_tcp(gateway.port, Self.backlog))
            .orFail(.gateway, "port \(gateway.port)")
        socket = SystemFile(number: number)
        try SystemCall.result(guest_leave_network()).orFail(.network, "a network of the application's own")
        try NetworkInterface(network: nil).bringUp()
    }

    /// Maps its image's disk; before the root is changed, as the disks have no nodes after.
    ///
    /// - Throws: `guest.gateway`.
    func mapImage() throws(GuestError) -> VerityDevice {
        try VerityDevice(further: gateway.device, gateway.volume, of: "the gateway", failure: .gateway)
    }

    /// Puts its root together, in which nothing is but its image and the folder of evidence.
    ///
    /// - Parameters:
    ///   - image: What `mapImage` gave.
    ///   - application: Whose the gateway's own folder is.
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

    /// Starts it as the application's user.
    ///
    /// - Parameters:
    ///   - application: The application that it stands in front of.
    ///   - output: Where it writes; nil for nowhere.
    /// - Returns: The process.
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
