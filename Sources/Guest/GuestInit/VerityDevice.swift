import CGuest
import Glibc
import GuestInterface

/// A disk mapped through dm-verity: the kernel verifies each block when it reads it, and panics on a mismatch.
struct VerityDevice {
    /// The mapped device's major and minor number.
    let number: DeviceNumber
    /// The device's node in the initial `/dev`.
    var path: String { "/dev/dm-\(number.minor)" }

    /// Maps a disk.
    ///
    /// - Parameters:
    ///   - name: The mapped device's name.
    ///   - volume: The expected root hash and layout.
    ///   - disk: The disk's letter, `a` for the first.
    ///   - failure: The failure to throw.
    /// - Throws: `failure` where the disk is missing or too small, or the kernel has no device mapper.
    init(_ name: String, _ volume: VerityVolume, disk: String, failure: GuestFailure) throws(GuestError) {
        let path = "/dev/vd\(disk)"
        // A disk's node appears a moment after its driver is loaded.
        let deadline = guest_uptime() + 2000
        while !SystemCall.exists(path), guest_uptime() < deadline {
            DescriptorPoll.pause(milliseconds: 5)
        }
        guard SystemCall.exists(path) else { throw GuestError(failure, subject: path) }
        let control = try SystemFile.open("/dev/mapper/control", O_RDWR).orFail(failure, "/dev/mapper/control")
        var creation = DeviceMapperRequest(device: name).bytes
        try control.request(DeviceMapperRequest.create, &creation).orFail(failure, name)
        guard let number = DeviceMapperRequest.device(in: creation) else { throw GuestError(failure, subject: name) }
        self.number = DeviceNumber(major: number.major, minor: number.minor)
        var table = DeviceMapperRequest(device: name, volume: volume, on: path).bytes
        try control.request(DeviceMapperRequest.loadTable, &table).orFail(failure, "\(path)'s hash tree")
        var resumption = DeviceMapperRequest(device: name).bytes
        try control.request(DeviceMapperRequest.resume, &resumption).orFail(failure, name)
    }

    /// Maps a further disk.
    ///
    /// - Parameters:
    ///   - disk: The disk's letter, `b` for the second.
    ///   - volume: The expected root hash and layout.
    ///   - owner: The disk's purpose, for messages.
    ///   - failure: The failure to throw.
    /// - Throws: `failure`.
    init(further disk: String, _ volume: VerityVolume, of owner: String, failure: GuestFailure) throws(GuestError) {
        guard disk.utf8.count == 1, ("b"..."z").contains(disk) else {
            throw GuestError(failure, subject: "the disk \(disk) of \(owner)")
        }
        try self.init("adyton-\(disk)", volume, disk: disk, failure: failure)
    }

    /// Mounts it read-only at a directory of the new root.
    ///
    /// - Parameters:
    ///   - target: The mount point.
    ///   - failure: The failure to throw.
    /// - Throws: `failure`.
    func mount(at target: String, failure: GuestFailure) throws(GuestError) {
        let node = "/dev/.adyton-image"
        try SystemCall.makeDevice(node, isBlock: true, mode: 0o600, number).orFail(failure, target)
        let mounted = SystemCall.mount(node, at: target, type: "ext2", [.readOnly, .noDevices, .noSetUser])
        _ = SystemCall.remove(node)
        try mounted.orFail(failure, target)
    }
}
