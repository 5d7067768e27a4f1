/// A small "newc" archive that is put together in memory, such as a segment of a kernel's initial file system.
///
/// Everything belongs to root and has the time zero, so the same entries give the same bytes.
package struct MemoryArchive {
    /// The bytes so far, without the trailer.
    private var content: [UInt8] = []
    private var count: UInt32 = 0

    /// An archive with nothing in it.
    package init() {}

    /// Adds a folder; it has to come before what it holds.
    ///
    /// - Parameter path: Names joined by "/", without one at the start.
    package mutating func addFolder(_ path: String) {
        append(path, kind: .directory, permissions: 0o755, links: 2, [])
    }

    /// Adds a file.
    ///
    /// - Parameters:
    ///   - path: Names joined by "/", without one at the start.
    ///   - bytes: Less than 4 GiB.
    ///   - permissions: As `chmod` takes them.
    package mutating func addFile(_ path: String, _ bytes: [UInt8], permissions: UInt16 = 0o444) {
        append(path, kind: .file, permissions: permissions, links: 1, bytes)
    }

    /// The archive with its trailer, a multiple of four bytes: another may follow it.
    package var bytes: [UInt8] {
        var header = CpioHeader()
        header.nameSize = UInt32(CpioHeader.trailerName.count + 1)
        var bytes = content + header.bytes + CpioHeader.trailerName + [0]
        bytes += [UInt8](repeating: 0, count: CpioHeader.padding(after: bytes.count))
        return bytes
    }

    private mutating func append(
        _ path: String,
        kind: EntryKind,
        permissions: UInt16,
        links: UInt32,
        _ bytes: [UInt8]
    ) {
        let name = Array(path.utf8)
        precondition(EntryPath(checking: name)?.bytes == name && !name.isEmpty, "an archive's paths are our own")
        precondition(bytes.count <= CpioHeader.maximumField, "an archive in memory is small")
        count += 1
        var header = CpioHeader()
        header.inode = count
        header.mode = UInt32(kind.rawValue | permissions)
        header.linkCount = links
        header.size = UInt32(bytes.count)
        header.nameSize = UInt32(name.count + 1)
        content += header.bytes + name
        content += [UInt8](repeating: 0, count: 1 + CpioHeader.padding(after: CpioHeader.byteCount + name.count + 1))
        content += bytes
        content += [UInt8](repeating: 0, count: CpioHeader.padding(after: bytes.count))
    }
}
