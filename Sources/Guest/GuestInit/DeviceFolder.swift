import GuestInterface

/// The application's `/dev`: the usual character devices, pseudo-terminals and shared memory.
///
/// It has no disk, no port, no memory device and no attestation device: only process 1 accesses those.
struct DeviceFolder {
    /// World-readable and world-writable character devices, with the kernel's fixed numbers.
    private static let open: [(String, DeviceNumber)] = [
        ("null", DeviceNumber(major: 1, minor: 3)), ("zero", DeviceNumber(major: 1, minor: 5)),
        ("full", DeviceNumber(major: 1, minor: 7)), ("random", DeviceNumber(major: 1, minor: 8)),
        ("urandom", DeviceNumber(major: 1, minor: 9)), ("tty", DeviceNumber(major: 5, minor: 0)),
    ]

    /// The directory to fill: the mount point of a tmpfs.
    let path: String

    /// Creates the device nodes and links, and mounts `shm` and `pts`.
    ///
    /// - Throws: `guest.switch-root`.
    func fill() throws(GuestError) {
        for (name, number) in Self.open {
            try SystemCall.makeDevice("\(path)/\(name)", mode: 0o666, number).orFail(.switchRoot, name)
        }
        for (target, name) in [
            ("/proc/self/fd", "fd"), ("/proc/self/fd/0", "stdin"), ("/proc/self/fd/1", "stdout"),
            ("/proc/self/fd/2", "stderr"), ("pts/ptmx", "ptmx"),
        ] {
            try SystemCall.makeLink(to: target, at: "\(path)/\(name)").orFail(.switchRoot, name)
        }
        try makeFileSystem("shm", "tmpfs", [.noSetUser, .noDevices, .noPrograms], options: "mode=1777")
        try makeFileSystem("pts", "devpts", [.noSetUser, .noPrograms], options: "newinstance,ptmxmode=0666,mode=0620")
    }

    private func makeFileSystem(
        _ name: String,
        _ type: String,
        _ flags: SystemCall.MountFlags,
        options: String
    ) throws(GuestError) {
        try SystemCall.makeFolder("\(path)/\(name)").orFail(.switchRoot, name)
        try SystemCall.mount(type, at: "\(path)/\(name)", type: type, flags, options: options)
            .orFail(.switchRoot, name)
    }
}
