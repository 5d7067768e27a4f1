import GuestInterface

/// Mounts the plan's further file systems: tmpfs, overlays and verity images in addition to the root.
///
/// ``GuestBoot`` maps the images before ``RootSwitch/enter()`` and mounts everything after it.
struct AdditionalMounts {
    /// Temporary mount point for an overlay's upper and work directories; removed once the overlay is mounted.
    private static let overlays = "/dev/.adyton"

    let plan: LaunchPlan

    /// Maps the disks of further images through dm-verity.
    ///
    /// Call it before the root is switched: the new `/dev` has no disk nodes.
    ///
    /// - Returns: One device for each image, in the plan's order.
    /// - Throws: `guest.mount`.
    func mapImages() throws(GuestError) -> [VerityDevice] {
        var devices: [VerityDevice] = []
        for case .image(let target, let disk, let volume) in plan.mounts {
            devices.append(try VerityDevice(further: disk, volume, of: target, failure: .mount))
        }
        return devices
    }

    /// Mounts the plan's file systems in order, at paths of the new root.
    ///
    /// - Parameter images: The result of ``mapImages()``.
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

    /// Mount options that make a tmpfs without world write permission belong to the application's user.
    private func owner(of mode: UInt32) -> String {
        mode & 0o002 != 0 ? "" : ",uid=\(plan.application.user),gid=\(plan.application.group)"
    }

    /// Mounts an overlay with its upper layer in a tmpfs; that tmpfs is unmounted afterwards and reachable only through
    /// the overlay.
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
