import CGuest
import GuestInterface

/// Configures the guest's network: the loopback interface, and one interface with the plan's address.
struct NetworkInterface {
    let network: LaunchPlan.Network?

    /// Brings the interfaces up.
    ///
    /// The configuration is static: no DHCP, no DNS search, no route but the plan's, and no IPv6, whose routes a host
    /// could announce.
    ///
    /// - Throws: `guest.network`.
    func bringUp() throws(GuestError) {
        let socket = SystemFile(number: try SystemCall.result(guest_make_socket()).orFail(.network, "a socket"))
        try request(InterfaceRequest.setFlags, InterfaceRequest.up("lo"), "lo", socket)
        guard let network else { return }
        guard let address = AddressText(network.address) else {
            throw GuestError(.network, subject: "the address \(network.address)")
        }
        let name = try find()
        _ = SystemCall.set("/proc/sys/net/ipv6/conf/\(name)/disable_ipv6", to: "1")
        try request(
            InterfaceRequest.setAddress,
            InterfaceRequest.address(name, address.address),
            network.address,
            socket
        )
        try request(InterfaceRequest.setMask, InterfaceRequest.address(name, address.mask), network.address, socket)
        try request(InterfaceRequest.setFlags, InterfaceRequest.up(name), name, socket)
        if let gateway = network.gateway {
            guard let way = AddressText(gateway) else {
                throw GuestError(.network, subject: "the gateway \(gateway)")
            }
            let route = InterfaceRequest.defaultRoute(through: way.address)
            try request(InterfaceRequest.addRoute, route, gateway, socket)
        }
    }

    /// The name of the first interface other than loopback.
    private func find() throws(GuestError) -> String {
        let names = SystemCall.list("/sys/class/net").orNothing ?? []
        guard let name = names.sorted().first(where: { $0 != "lo" }) else {
            throw GuestError(.network, subject: "an interface")
        }
        return name
    }

    private func request(
        _ number: UInt,
        _ structure: [UInt8]?,
        _ subject: String,
        _ socket: SystemFile
    ) throws(GuestError) {
        guard var structure else { throw GuestError(.network, subject: subject) }
        try socket.request(number, &structure).orFail(.network, subject)
    }
}
