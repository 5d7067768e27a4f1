import Files

/// A tree that is nowhere on disk yet: its entries, and one file that holds the content of all of them.
///
/// Owners, devices and attributes are kept as numbers, so that an ordinary user can make an archive that has them.
package struct TreePlan: PackableTree {
    private(set) var entries: [TreeEntry]
    private let contents: Descriptor
    private var offsets: [Int] = [0]
    private(set) var attributes: [Int: [ExtendedAttribute]] = [:]

    /// - Parameters:
    ///   - root: The root folder's metadata.
    ///   - attributes: The root folder's extended attributes.
    ///   - contents: Holds the content of every regular file.
    package init(root: EntryMetadata, attributes: [ExtendedAttribute], contents: Descriptor) {
        precondition(root.kind == .directory, "a root is a folder")
        self.contents = contents
        entries = [
            TreeEntry(
                name: [],
                parent: 0,
                metadata: root,
                identity: .init(device: 0, inode: 0),
                target: [],
                firstLink: 0,
                linkCount: 2
            )
        ]
        self.attributes[0] = attributes.isEmpty ? nil : attributes
    }

    /// How many entries there are, the root among them.
    package var count: Int { entries.count }

    /// The bytes of all regular files, each counted once.
    package var contentSize: Int {
        entries.indices.reduce(0) { sum, index in
            let isFirst = entries[index].firstLink == index && entries[index].metadata.kind == .file
            return sum + (isFirst ? entries[index].metadata.size : 0)
        }
    }

    /// Adds an entry; a folder has to come before what it holds, and that sorted by the bytes of the names.
    ///
    /// - Parameters:
    ///   - name: A name that `EntryPath.isName` takes.
    ///   - parent: The index of its folder; 0 is the root.
    ///   - metadata: Its metadata; the size is a file's or a target's.
    ///   - target: A symbolic link's target.
    ///   - attributes: Its extended attributes.
    ///   - offset: Where a regular file's content begins.
    /// - Returns: The entry's index.
    package mutating func append(
        name: [UInt8],
        parent: Int,
        metadata: EntryMetadata,
        target: [UInt8] = [],
        attributes: [ExtendedAttribute] = [],
        offset: Int = 0
    ) -> Int {
        precondition(EntryPath.isName(name) && entries[parent].metadata.kind == .directory, "an entry of a folder")
        let index = entries.count
        let isFolder = metadata.kind == .directory
        if isFolder { entries[parent].linkCount += 1 }
        entries.append(
            TreeEntry(
                name: name,
                parent: parent,
                metadata: metadata,
                identity: .init(device: 0, inode: UInt64(index)),
                target: target,
                firstLink: index,
                linkCount: isFolder ? 2 : 1
            )
        )
        offsets.append(offset)
        if !attributes.isEmpty { self.attributes[index] = attributes }
        return index
    }

    /// Gives an entry that is no folder another name.
    ///
    /// - Parameters:
    ///   - name: A name that `EntryPath.isName` takes.
    ///   - parent: The index of its folder.
    ///   - original: The index of the entry's first name.
    package mutating func appendLink(name: [UInt8], parent: Int, to original: Int) {
        let first = entries[original]
        precondition(first.firstLink == original && first.metadata.kind != .directory, "the first name of a file")
        entries[original].linkCount += 1
        entries.append(
            TreeEntry(
                name: name,
                parent: parent,
                metadata: first.metadata,
                identity: first.identity,
                target: first.target,
                firstLink: original,
                linkCount: 1
            )
        )
        offsets.append(offsets[original])
    }

    func content(of index: Int) -> (file: Descriptor, offset: Int) {
        (contents, offsets[index])
    }
}
