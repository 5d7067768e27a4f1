import CLinux

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

extension OpenFile {
    /// The names in an open folder, in the file system's order, without "." and "..".
    ///
    /// - Returns: Each name as bytes, because Linux allows every byte but NUL and "/" in one.
    /// - Throws: The failure for `file.unreadable`.
    package func entryNames() throws(Failure) -> [[UInt8]] {
        // The stream owns its descriptor, so it gets a copy of its own.
        let copy = dup(number)
        // Safe: the stream is used and closed in this function alone.
        guard copy >= 0, let stream = unsafe fdopendir(copy) else {
            throw Failure(.system(.unreadable, name))
        }
        defer { unsafe closedir(stream) }
        var names: [[UInt8]] = []
        errno = 0
        // Safe: an entry lives until the next call, and its name is copied before that.
        while let entry = unsafe readdir(stream) {
            let length = unsafe strlen(linux_entry_name(entry))
            let bytes = unsafe UnsafeRawBufferPointer(start: linux_entry_name(entry), count: length)
            let name = unsafe Array(bytes)
            if name != [UInt8(ascii: ".")], name != [UInt8(ascii: "."), UInt8(ascii: ".")] { names.append(name) }
            errno = 0
        }
        guard errno == 0 else { throw Failure(.system(.unreadable, name)) }
        return names
    }
}
