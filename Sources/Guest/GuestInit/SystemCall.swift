import CGuest
import Glibc
import GuestInterface

/// Swift wrappers for the system calls of process 1; paths are absolute.
///
/// The C functions are in `CGuest`.
enum SystemCall {
    /// A system call's error.
    struct Failure: Error {
        /// The `errno`.
        let number: Int32
    }

    /// Mount flags (MS_*).
    struct MountFlags: OptionSet {
        let rawValue: UInt
        static let readOnly = MountFlags(rawValue: guest_flag_read_only)
        static let noDevices = MountFlags(rawValue: guest_flag_no_devices)
        static let noPrograms = MountFlags(rawValue: guest_flag_no_programs)
        static let noSetUser = MountFlags(rawValue: guest_flag_no_set_user)
        static let bind = MountFlags(rawValue: guest_flag_bind)
    }

    /// Converts a C return value; a negative one is a negated `errno`.
    static func result(_ code: Int32) -> Result<Int32, Failure> {
        code < 0 ? .failure(Failure(number: -code)) : .success(code)
    }

    // Safe in all that follows: each string is ours and outlives the call, which copies it.

    static func mount(
        _ source: String,
        at target: String,
        type: String,
        _ flags: MountFlags,
        options: String = ""
    ) -> Result<Int32, Failure> {
        result(unsafe guest_mount(source, target, type, flags.rawValue, options))
    }

    static func unmount(_ target: String) -> Result<Int32, Failure> {
        result(unsafe guest_unmount(target))
    }

    static func makeFolder(_ path: String, mode: UInt32 = 0o755) -> Result<Int32, Failure> {
        result(unsafe guest_make_folder(path, mode))
    }

    static func makeDevice(
        _ path: String,
        isBlock: Bool = false,
        mode: UInt32,
        _ device: DeviceNumber
    ) -> Result<Int32, Failure> {
        result(unsafe guest_make_device(path, isBlock ? 1 : 0, mode, device.major, device.minor))
    }

    static func makeLink(to target: String, at path: String) -> Result<Int32, Failure> {
        result(unsafe guest_make_link(target, path))
    }

    static func remove(_ path: String) -> Result<Int32, Failure> {
        result(unsafe guest_remove(path))
    }

    static func removeFolder(_ path: String) -> Result<Int32, Failure> {
        result(unsafe guest_remove_folder(path))
    }

    static func setOwner(_ path: String, user: UInt32, group: UInt32) -> Result<Int32, Failure> {
        result(unsafe guest_set_owner(path, user, group))
    }

    static func setMode(_ path: String, _ mode: UInt32) -> Result<Int32, Failure> {
        result(unsafe guest_set_mode(path, mode))
    }

    static func exists(_ path: String) -> Bool {
        unsafe guest_exists(path) != 0
    }

    static func checkProgram(_ path: String) -> Result<Int32, Failure> {
        result(unsafe guest_check_program(path))
    }

    static func deviceNumber(of path: String) -> Result<DeviceNumber, Failure> {
        var (major, minor): (UInt32, UInt32) = (0, 0)
        // Safe: both numbers outlive the call.
        let code = unsafe guest_device_number(path, &major, &minor)
        return result(code).map { _ in DeviceNumber(major: major, minor: minor) }
    }

    /// Lists the names in a directory, without `.` and `..`; at most 64 KiB of them.
    static func list(_ folder: String) -> Result<[String], Failure> {
        var names = [CChar](repeating: 0, count: 65_536)
        // Safe: the call writes at most as many bytes as the length that is passed.
        let used = unsafe guest_list(folder, &names, names.count)
        guard used >= 0 else { return .failure(Failure(number: Int32(-used))) }
        let pieces = names[..<used].split(separator: 0)
        return .success(pieces.map { String(decoding: $0.lazy.map(UInt8.init(bitPattern:)), as: UTF8.self) })
    }

    static func setHostname(_ name: String) -> Result<Int32, Failure> {
        result(unsafe guest_set_hostname(name))
    }

    static func changeRoot(_ folder: String) -> Result<Int32, Failure> {
        result(unsafe guest_change_root(folder))
    }

    /// Reads a whole file of less than 1 MiB; `EFBIG` for a larger one.
    static func contents(of path: String) -> Result<[UInt8], Failure> {
        SystemFile.open(path).flatMap { file in
            var contents: [UInt8] = []
            while contents.count < 1 << 20 {
                switch file.read(atMost: 65_536) {
                case .success(let bytes) where bytes.isEmpty: return .success(contents)
                case .success(let bytes): contents += bytes
                case .failure(let failure): return .failure(failure)
                }
            }
            return .failure(Failure(number: EFBIG))
        }
    }

    /// Writes a kernel setting with one write(2).
    static func set(_ path: String, to value: String) -> Result<Int, Failure> {
        SystemFile.open(path, O_WRONLY).flatMap { $0.write(value.utf8) }
    }

    /// Creates or overwrites a file with a text.
    static func makeFile(_ path: String, _ text: String) -> Result<Int, Failure> {
        makeFile(path, Array(text.utf8))
    }

    /// Creates or overwrites a file with bytes.
    static func makeFile(_ path: String, _ bytes: [UInt8]) -> Result<Int, Failure> {
        SystemFile.open(path, O_WRONLY | O_CREAT | O_TRUNC).flatMap { $0.writeAll(bytes) }
    }
}

/// A device's major and minor number.
struct DeviceNumber: Equatable {
    let major: UInt32
    let minor: UInt32
}

extension Result where Failure == SystemCall.Failure {
    /// Returns the value, or throws the error as a guest failure.
    @discardableResult func orFail(_ failure: GuestFailure, _ subject: String) throws(GuestError) -> Success {
        switch self {
        case .success(let value): return value
        case .failure(let error): throw GuestError(failure, subject: subject, systemError: error.number)
        }
    }

    /// The value; nil where the error can be ignored.
    var orNothing: Success? {
        try? get()
    }
}
