import CGuest
import Glibc
import GuestInterface

/// A disk behind dm-verity: every block is checked as it is read, and one that is not what was measured ends the machine.
struct VerityDevice {
    /// The mapped device's numbers.
    let number: DeviceNumber
    /// Its node in the first /dev.
    var path: String { "/dev/dm-\(number.minor)" }

    /// Maps a disk.
    ///
    /// - Parameters:
    ///   - name: The mapped device's name.
    ///   - volume: What the disk has to hold.
    ///   - disk: The disk's letter, `a` for the first.
    ///   - failure: What it counts as where it fails.
    /// - Throws: The failure, where the disk is missing or too small, or the kernel has no device mapper.
    init(_ name: String, _ volume: VerityVolume, disk: String, failure: GuestFailure) throws(GuestError) {
        let path = "/dev/vd\(disk)"
        // Disks are found a moment after their driver was loaded.
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
    ///   - volume: What the disk has to hold.
    ///   - owner: Whose it is, for messages.
    ///   - failure: What it counts as where it fails.
    /// - Throws: The failure.
    init(further disk: String, _ volume: VerityVolume, of owner: String, failure: GuestFailure) throws(GuestError) {
        guard disk.utf8.count == 1, ("b"..."z").contains(disk) else {
            throw GuestError(failure, subject: "the disk \(disk) of \(owner)")
        }
        try self.init("adyton-\(disk)", volume, disk: disk, failure: failure)
    }

    /// Mounts it, read-only, seen from the new root.
    ///
    /// - Parameters:
    ///   - target: A folder.
    ///   - failure: What it counts as where it fails.
    /// - Throws: The failure.
    func mount(at target: String, failure: GuestFailure) throws(GuestError) {
        let node = "/dev/.adyton-image"
        try SystemCall.makeDevice(node, isBlock: true, mode: 0o600, number).orFail(failure, target)
        let mounted = SystemCall.mount(node, at: target, type: "ext2", [.readOnly, .noDevices, .noSetUser])
        _ = SystemCall.remove(node)
        try mounted.orFail(failure, target)
    }
}
