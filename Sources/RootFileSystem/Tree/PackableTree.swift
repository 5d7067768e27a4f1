/// A tree whose entries are known, and whose content can be had.
protocol PackableTree: Sendable {
    /// Every entry: a folder stands before what it holds, and what it holds is sorted by the bytes of the names.
    var entries: [TreeEntry] { get }

    /// The path of an entry below the root.
    func path(of index: Int) -> EntryPath

    /// The file that holds a regular file's content, and where in it the content begins.
    ///
    /// - Throws: `tree.changed` where it is no longer what it was.
    func content(of index: Int) throws(RootFileSystemError) -> (file: Descriptor, offset: Int)
}
