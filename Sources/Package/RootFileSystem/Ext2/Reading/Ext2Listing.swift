/// What an ext2 image holds, without its content.
package enum Ext2Listing {
    /// Lists an entry and all below it, sorted by path.
    ///
    /// - Parameters:
    ///   - path: The image, taken for hostile.
    ///   - entry: Where to begin; the root lists everything.
    /// - Returns: Every entry; of a file with several names the later ones have `original`.
    /// - Throws: `file.*`, `ext2.*`, and `file.missing` where nothing has that path.
    package static func entries(
        of path: String,
        below entry: EntryPath = .root
    ) throws(RootFileSystemError) -> [ImageEntry] {
        var walk = Ext2Walk(try Ext2Image(opening: path))
        var entries: [ImageEntry] = []
        let prefix = entry.bytes + [UInt8(ascii: "/")]
        while let (found, _) = try walk.next() {
            if entry == .root || found.path == entry || found.path.bytes.starts(with: prefix) { entries.append(found) }
        }
        guard !entries.isEmpty else {
            throw RootFileSystemError(.fileMissing, subject: "\(entry) in \(path)", expected: "an entry", found: "none")
        }
        return entries.sorted { $0.path < $1.path }
    }
}
