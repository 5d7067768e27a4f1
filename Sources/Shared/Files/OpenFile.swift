import CLinux

#if canImport(Glibc)
package import Glibc
#elseif canImport(Musl)
package import Musl
#endif

/// An open file, folder or socket, which is closed with its last copy.
///
/// It is the project's one type of open files. `Failure` is the error of the module that uses it; `init(sharing:)`
/// hands the same open file to a module with another error, without opening anything again.
package struct OpenFile<Failure: FileFailure>: Sendable {
    private let owner: DescriptorOwner
    // A path becomes text for a message only, because that takes longer than opening the file.
    private let origin: any CustomStringConvertible & Sendable

    /// The descriptor's number, which is valid as long as a copy of this value lives; it must not be closed.
    package var number: Int32 { owner.number }

    /// What messages call the file.
    package var name: String { origin.description }

    /// Takes an open file over.
    ///
    /// - Parameters:
    ///   - number: A descriptor that nothing else closes.
    ///   - name: What messages call it.
    package init(taking number: Int32, name: any CustomStringConvertible & Sendable = "a file") {
        owner = DescriptorOwner(number)
        origin = name
    }

    /// Shares a file that another module has opened; it is closed with the last copy of either.
    ///
    /// - Parameter other: The file with the other module's error. Both have one position for reads without an offset.
    package init<Other>(sharing other: OpenFile<Other>) {
        owner = other.owner
        origin = other.origin
    }

    /// Opens a file or a folder.
    ///
    /// - Parameters:
    ///   - path: Links are followed.
    ///   - flags: As open(2) takes them; the file is never inherited by programs.
    ///   - name: What messages call it; nil for the path.
    /// - Throws: The failure for `file.missing` where there is none, `file.unreadable` otherwise.
    package init(opening path: String, flags: Int32 = O_RDONLY, name: String? = nil) throws(Failure) {
        let number = systemOpen(path, flags | O_CLOEXEC)
        guard number >= 0 else { throw Failure(.system(.unreadable, name ?? path)) }
        self.init(taking: number, name: name ?? path)
    }

    /// Duplicates a descriptor.
    ///
    /// - Parameter other: A descriptor that stays its owner's.
    /// - Throws: The failure for `file.system-refused`.
    package init(duplicating other: Int32) throws(Failure) {
        let number = linux_duplicate(other)
        guard number >= 0 else { throw Failure(.system(.systemRefused, "an open file")) }
        self.init(taking: number)
    }

    /// Makes an empty file in memory that no folder names.
    ///
    /// - Parameters:
    ///   - label: What the kernel calls it in its lists.
    ///   - name: What messages call it.
    /// - Throws: The failure for `file.system-refused`.
    package init(inMemory label: String, name: String = "a file in memory") throws(Failure) {
        // Safe: the name is a string of our own that outlives the call.
        let number = unsafe linux_memory_file(label)
        guard number >= 0 else { throw Failure(.system(.systemRefused, name)) }
        self.init(taking: number, name: name)
    }
}

extension OpenFile {
    /// What the file system says of the file.
    ///
    /// - Returns: As fstat(2) gives it.
    /// - Throws: The failure for `file.unreadable`.
    package func status() throws(Failure) -> stat {
        var status = stat()
        // Safe: the structure is ours and outlives the call.
        guard unsafe fstat(number, &status) == 0 else { throw Failure(.system(.unreadable, name)) }
        return status
    }

    /// The size in bytes.
    ///
    /// - Returns: The size that the file has now.
    /// - Throws: The failure for `file.unreadable`.
    package func size() throws(Failure) -> Int {
        Int(try status().st_size)
    }

    /// Gives the file its size; what was not written reads as zeros and takes no room.
    ///
    /// - Throws: The failure for `file.unwritable`.
    package func setSize(_ byteCount: Int) throws(Failure) {
        guard ftruncate(number, off_t(byteCount)) == 0 else { throw Failure(.system(.unwritable, name)) }
    }

    /// Forbids every further change of a file in memory.
    ///
    /// - Throws: The failure for `file.unwritable`.
    package func seal() throws(Failure) {
        guard linux_seal_memory_file(number) == 0 else { throw Failure(.system(.unwritable, name)) }
    }

    /// Has the disk begin with what was written, while the processor works on; `fsync` still has to come.
    package func startWriting() {
        // A file system that cannot do so loses time and nothing else.
        _ = linux_start_writing(number)
    }
}
