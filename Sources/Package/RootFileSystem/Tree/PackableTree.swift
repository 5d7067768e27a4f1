import Files

/// A tree whose entries are known, and whose content can be had.
protocol PackableTree: Sendable {
    /// Every entry: a folder precedes its content, which is sorted by the bytes of the names.
    var entries: [TreeEntry] { get }

    /// The file that holds a regular file's content, and where in it the content begins.
    ///
    /// - Parameter index: The entry's index.
    /// - Returns: The file, and the place in bytes.
    /// - Throws: `tree.changed` where it is no longer what it was.
    func content(of index: Int) throws(RootFileSystemError) -> (file: Descriptor, offset: Int)
}

extension PackableTree {
    /// The path of an entry below the root.
    ///
    /// - Parameter index: The entry's index.
    /// - Returns: The path.
    func path(of index: Int) -> EntryPath {
        var names: [[UInt8]] = []
        var index = index
        while index != 0 {
            names.append(entries[index].name)
            index = entries[index].parent
        }
        return EntryPath(unchecked: Array(names.reversed().joined(separator: [UInt8(ascii: "/")])))
    }
}
