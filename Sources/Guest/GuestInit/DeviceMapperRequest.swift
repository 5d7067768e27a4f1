package import GuestInterface

/// Encodes device mapper ioctls: `dm_ioctl` of 312 bytes, version 4.0.0, and the target that follows it
/// (linux/dm-ioctl.h).
///
/// ``VerityDevice`` sends them to `/dev/mapper/control`.
package struct DeviceMapperRequest: Equatable {
    static let create: UInt = 0xc138_fd03
    static let loadTable: UInt = 0xc138_fd09
    static let resume: UInt = 0xc138_fd06

    private static let headerLength = 312
    private static let targetLength = 40
    private static let sectorsInBlock: UInt64 = 8
    private static let readOnly: UInt32 = 1

    /// The encoded structure, which the kernel overwrites with its response.
    package let bytes: [UInt8]

    /// A request for a device without a target: create or resume.
    ///
    /// - Parameter name: The mapped device's name, below 128 bytes.
    package init(device name: String) {
        bytes = Self.header(name, length: Self.headerLength, targets: 0, flags: 0)
    }

    /// A request that loads a device's table: one read-only verity target.
    ///
    /// - Parameters:
    ///   - name: The mapped device's name, below 128 bytes.
    ///   - volume: The expected root hash and layout.
    ///   - device: The disk's path, such as `/dev/vda`.
    package init(device name: String, volume: VerityVolume, on device: String) {
        let parameters = Array(volume.table(device: device).utf8) + [0]
        let padded = (parameters.count + 7) & ~7
        let length = Self.headerLength + Self.targetLength + padded
        var bytes = Self.header(name, length: length, targets: 1, flags: Self.readOnly)
        bytes += Self.little(UInt64(0)) + Self.little(volume.blocks &* Self.sectorsInBlock)
        bytes += Self.little(UInt32(0)) + Self.little(UInt32(Self.targetLength + padded))
        bytes += Self.field("verity", 16) + parameters
        bytes += [UInt8](repeating: 0, count: padded - parameters.count)
        self.bytes = bytes
    }

    /// Reads the mapped device's number from a response.
    ///
    /// - Parameter answer: The structure after the ioctl.
    /// - Returns: Major and minor number; nil where the structure is too short.
    package static func device(in answer: [UInt8]) -> (major: UInt32, minor: UInt32)? {
        guard answer.count >= headerLength else { return nil }
        let number = answer[40..<48].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        // The kernel's encoding (huge_encode_dev): minor bits 0-7 and 20-31, major bits 8-19.
        return (UInt32(number >> 8 & 0xfff), UInt32(number & 0xff | number >> 12 & 0xfff00))
    }

    private static func header(_ name: String, length: Int, targets: UInt32, flags: UInt32) -> [UInt8] {
        var bytes = [4, 0, 0].flatMap { little(UInt32($0)) }
        bytes += little(UInt32(length)) + little(UInt32(headerLength)) + little(targets)
        // open_count, flags, event_nr, padding, dev
        bytes += little(UInt32(0)) + little(flags) + little(UInt32(0)) + little(UInt32(0)) + little(UInt64(0))
        bytes += field(name, 128) + field("", 129)
        return bytes + [UInt8](repeating: 0, count: headerLength - bytes.count)
    }

    private static func little(_ value: some FixedWidthInteger) -> [UInt8] {
        (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }

    private static func field(_ text: String, _ length: Int) -> [UInt8] {
        let bytes = text.utf8.prefix(length - 1)
        return bytes + [UInt8](repeating: 0, count: length - bytes.count)
    }
}
