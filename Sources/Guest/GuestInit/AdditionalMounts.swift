import GuestInterface

/// The file systems beside the root that a plan lists.
struct AdditionalMounts {
    /// Where overlays keep their changes before they are part of the tree.
    private static let overlays = "/dev/.adyton"

    let plan: LaunchPlan

    /// Maps the further images' disks; before the root is changed, as the disks have no nodes after.
    ///
    /// - Returns: The devices, in the plan's order of images.
    /// - Throws: `guest.mount`.
    func mapImages() throws(GuestError) -> [VerityDevice] {
        var devices: [VerityDevice] = []
        for case .image(let target, let disk, let volume) in plan.mounts {
            devices.append(try VerityDevice(further: disk, volume, of: target, failure: .mount))
        }
        return devices
    }

    /// Mounts them, seen from the new root.
    ///
    /// - Parameter images: What `mapImages` gave.
    /// - Throws: `guest.mount`.
    func mount(_ images: [VerityDevice]) throws(GuestError) {
        var images = images[...]
        for mount in plan.mounts {
            switch mount {
            case .memory(let target, let maximum, let mode):
                let size = maximum.map { ",size=\($0)" } ?? ""
                try SystemCall.mount(
                    "tmpfs",
                    at: target,
                    type: "tmpfs",
                    [.noSetUser, .noDevices],
                    options: "mode=\(String(mode, radix: 8))\(size)" + owner(of: mode)
                )
                .orFail(.mount, target)
            case .overlay(let target): try mountOverlay(target)
            case .image(let target, _, _):
                guard let device = images.popFirst() else { throw GuestError(.mount, subject: target) }
                try device.mount(at: target, failure: .mount)
            }
        }
    }

    /// Memory that not everybody may write to belongs to the application.
    private func owner(of mode: UInt32) -> String {
        mode & 0o002 != 0 ? "" : ",uid=\(plan.application.user),gid=\(plan.application.group)"
    }

    /// Puts memory over a folder; the memory's own place is not to be seen afterwards.
    private func mountOverlay(_ target: String) throws(GuestError) {
        let place = Self.overlays
        try SystemCall.makeFolder(place, mode: 0o700).orFail(.mount, target)
        try SystemCall.mount("tmpfs", at: place, type: "tmpfs", [.noSetUser, .noDevices], options: "mode=0755")
            .orFail(.mount, target)
        try SystemCall.makeFolder("\(place)/upper").orFail(.mount, target)
        try SystemCall.makeFolder("\(place)/work").orFail(.mount, target)
        try SystemCall.mount(
            "overlay",
            at: target,
            type: "overlay",
            [.noSetUser, .noDevices],
            options: "lowerdir=\(target),upperdir=\(place)/upper,workdir=\(place)/work"
        )
        .orFail(.mount, target)
        try SystemCall.unmount(place).orFail(.mount, target)
        try SystemCall.remove(place).orFail(.mount, target)
    }
}
