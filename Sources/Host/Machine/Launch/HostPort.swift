import Files
import Glibc

extension MachineDescription.Network {
    /// Chooses a free host port for each mapping without one, and checks that the others are free.
    ///
    /// Another program may take a port before QEMU does; QEMU then fails to start with a message.
    ///
    /// - Throws: `machine.port-taken`, `machine.description-invalid` for an invalid IPv4 address.
    package mutating func choosePorts() throws(MachineError) {
        var held: [MachineFile] = []
        for index in ports.indices {
            let (port, socket) = try Self.hold(ports[index])
            ports[index].hostPort = port
            // All sockets stay bound until every port is chosen, so that no port is chosen twice.
            held.append(socket)
        }
    }

    private static func hold(_ port: MachineDescription.Port) throws(MachineError) -> (UInt16, MachineFile) {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.hostPort.bigEndian
        // Safe: text and address are ours and outlive the call.
        guard unsafe inet_pton(AF_INET, port.hostAddress, &address.sin_addr) == 1 else {
            throw MachineError(.descriptionInvalid, subject: port.hostAddress, expected: "an IPv4 address of this host")
        }
        let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw MachineError.system("a socket") }
        let holder = MachineFile(taking: number)
        var yes: Int32 = 1
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        // Safe: every pointer is to a value of ours, with that value's own size.
        unsafe setsockopt(number, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe bind(number, generic, size) == 0 && listen(number, 1) == 0
                    && getsockname(number, generic, &size) == 0
            }
        }
        guard isBound else {
            throw MachineError.system("\(port.hostAddress):\(port.hostPort)", code: .portTaken)
        }
        return (UInt16(bigEndian: address.sin_port), holder)
    }
}
