import GuestInterface

/// The application's root: the verity volume, with /proc, /sys and a small /dev of its own.
struct RootSwitch {
    /// Where it is put together in the initial file system.
    static let folder = "/root"

    let plan: LaunchPlan

    /// Mounts the root volume; nothing can write to it, and no node in it is a device.
    ///
    /// - Throws: `guest.root-mount` where the device holds no file system, as behind a wrong root hash.
    func mount(_ device: VerityDevice) throws(GuestError) {
        _ = SystemCall.makeFolder(Self.folder)
        try SystemCall.mount(device.path, at: Self.folder, type: "ext2", [.readOnly, .noDevices, .noSetUser])
            .orFail(.rootMount, device.path)
    }

    /// Mounts what the kernel shows, as the application sees it.
    ///
    /// - Throws: `guest.switch-root`, as where the image has no folder for one of them.
    func furnish() throws(GuestError) {
        let hidden: SystemCall.MountFlags = [.noSetUser, .noDevices, .noPrograms]
        try mount("proc", at: "/proc", hidden, options: plan.application.user == 0 ? "" : "hidepid=invisible")
        try mount("sysfs", at: "/sys", hidden.union(.readOnly))
        // What evidence is asked of; each is there on some platforms only.
        _ = SystemCall.mount("configfs", at: "\(Self.folder)/sys/kernel/config", type: "configfs", hidden)
        _ = SystemCall.mount(
            "securityfs",
            at: "\(Self.folder)/sys/kernel/security",
            type: "securityfs",
            hidden.union(.readOnly)
        )
        try mount("tmpfs", at: "/dev", [.noSetUser, .noPrograms], options: "mode=0755,size=64k")
        try DeviceFolder(path: "\(Self.folder)/dev").fill()
    }

    /// Makes it the root, for this process and all that it starts.
    ///
    /// - Throws: `guest.switch-root`.
    func enter() throws(GuestError) {
        for path in ["/sys", "/dev", "/proc"] {
            _ = SystemCall.unmount(path)
        }
        try SystemCall.changeRoot(Self.folder).orFail(.switchRoot, Self.folder)
    }

    private func mount(
        _ type: String,
        at target: String,
        _ flags: SystemCall.MountFlags,
        options: String = ""
    ) throws(GuestError) {
        try SystemCall.mount(type, at: Self.folder + target, type: type, flags, options: options)
            .orFail(.switchRoot, target)
    }
}
