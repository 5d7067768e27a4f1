import CLinux
import Files
import Glibc

/// A regular file that a tree is to get: it is made, filled and finished by one thread, whichever that is.
struct NewFile: Sendable {
    let path: EntryPath
    /// The open folder that the file belongs into.
    let folder: Descriptor
    let metadata: EntryMetadata
    /// Those that the process may set.
    let attributes: [ExtendedAttribute]
    /// Whether the process may give the file to another owner.
    let isRoot: Bool

    /// Makes the file, empty and open for writing; nothing that is there already is opened.
    ///
    /// - Throws: `tree.entry-twice` where something has the name, `file.*`.
    func make() throws(RootFileSystemError) -> Descriptor {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        // The set-user-id bits wait for the owner. Nobody else looks meanwhile: the tree's root is this user's alone.
        let mode = mode_t(metadata.permissions & 0o777)
        // Safe: the name is an array of our own that outlives the call.
        let number = unsafe openat(folder.number, TreeBuilder.name(path), flags, mode)
        guard number >= 0 else { throw TreeBuilder.failure(path) }
        return Descriptor(taking: number, name: path)
    }

    /// Gives the file its owner, attributes, permissions and time, as far as it has not got them yet.
    ///
    /// - Parameter file: What `make` gave, with its whole content.
    /// - Throws: `file.unwritable`.
    func finish(_ file: Descriptor) throws(RootFileSystemError) {
        let status = try file.status()
        var mode = UInt16(truncatingIfNeeded: status.st_mode & 0o7777)
        // The owner comes first, for a change of owner clears set-user-id, and capabilities with it.
        if isRoot, status.st_uid != metadata.owner || status.st_gid != metadata.group {
            guard fchown(file.number, metadata.owner, metadata.group) == 0 else { throw TreeBuilder.failure(path) }
            mode &= 0o777
        }
        for attribute in attributes {
            let value = attribute.value
            // Safe: name and value are ours and outlive the call, and the value's size is passed.
            guard unsafe linux_set_file_attribute(file.number, attribute.name, value, value.count) == 0 else {
                throw Descriptor.failure(.fileUnwritable, "\(attribute.name) of \(path)")
            }
        }
        if mode != metadata.permissions {
            guard fchmod(file.number, mode_t(metadata.permissions)) == 0 else { throw TreeBuilder.failure(path) }
        }
        let time = timespec(tv_sec: Int(metadata.modified), tv_nsec: 0)
        // Safe: the times are an array of our own that outlives the call.
        guard unsafe futimens(file.number, [time, time]) == 0 else { throw TreeBuilder.failure(path) }
    }
}
