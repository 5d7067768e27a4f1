import GuestInterface

/// The application's root: the verity volume with its own /proc, /sys and minimal /dev.
struct RootSwitch {
    /// The mount point of the new root in the initial file system.
    static let folder = "/root"

    let plan: LaunchPlan

    /// Mounts the root volume read-only, without device nodes and set-user-ID programs.
    ///
    /// - Throws: `guest.root-mount` where the device has no valid file system, for instance because the root hash is
    ///   wrong.
    func mount(_ device: VerityDevice) throws(GuestError) {
        _ = SystemCall.makeFolder(Self.folder)
        try SystemCall.mount(device.path, at: Self.folder, type: "ext2", [.readOnly, .noDevices, .noSetUser])
            .orFail(.rootMount, device.path)
    }

    /// Mounts /proc, /sys and /dev in the new root.
    ///
    /// - Throws: `guest.switch-root`, for instance where the image lacks one of these directories.
    func furnish() throws(GuestError) {
        let hidden: SystemCall.MountFlags = [.noSetUser, .noDevices, .noPrograms]
        try mount("proc", at: "/proc", hidden, options: plan.application.user == 0 ? "" : "hidepid=invisible")
        try mount("sysfs", at: "/sys", hidden.union(.readOnly))
        // File systems that attestation reads until KernelFiles hides them; each exists on some platforms only, so a
        // failure is ignored.
        _ = SystemCall.mount("configfs", at: Self.folder + KernelFiles.configuration, type: "configfs", hidden)
        _ = SystemCall.mount(
            "securityfs",
            at: Self.folder + KernelFiles.security,
            type: "securityfs",
            hidden.union(.readOnly)
        )
        try mount("tmpfs", at: "/dev", [.noSetUser, .noPrograms], options: "mode=0755,size=64k")
        try DeviceFolder(path: "\(Self.folder)/dev").fill()
    }

    /// Makes it the root of this process and of all its children.
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
