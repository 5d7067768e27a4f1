/// What an entry of a file tree is.
package enum EntryKind: UInt16, Sendable, CaseIterable {
    // The values of the type bits of st_mode, which cpio and ext2 share (inode(7)).
    case fifo = 0o010000
    case characterDevice = 0o020000
    case directory = 0o040000
    case blockDevice = 0o060000
    case file = 0o100000
    case symbolicLink = 0o120000
    case socket = 0o140000

    /// The type bits of a mode, or nil where they mean nothing.
    package init?(mode: UInt32) {
        self.init(rawValue: UInt16(truncatingIfNeeded: mode) & 0o170000)
    }

    /// Whether the entry has a device number.
    package var isDevice: Bool { self == .characterDevice || self == .blockDevice }
}

/// A device's number.
package struct DeviceNumber: Hashable, Sendable {
    package var major: UInt32 = 0
    package var minor: UInt32 = 0

    package init(major: UInt32 = 0, minor: UInt32 = 0) {
        self.major = major
        self.minor = minor
    }
}

/// All of an entry but its name and its content.
package struct EntryMetadata: Hashable, Sendable {
    package var kind: EntryKind
    /// The permissions with set-user-id, set-group-id and sticky: 12 bits.
    package var permissions: UInt16
    package var owner: UInt32
    package var group: UInt32
    /// The time of the last change in seconds since 1970.
    package var modified: Int64
    /// The content's bytes; a symbolic link's target counts as content, and a folder has none.
    package var size: Int
    package var device: DeviceNumber

    package init(
        kind: EntryKind,
        permissions: UInt16,
        owner: UInt32 = 0,
        group: UInt32 = 0,
        modified: Int64 = 0,
        size: Int = 0,
        device: DeviceNumber = DeviceNumber()
    ) {
        self.kind = kind
        self.permissions = permissions
        self.owner = owner
        self.group = group
        self.modified = modified
        self.size = size
        self.device = device
    }

    /// Type and permissions as `st_mode` has them.
    package var mode: UInt16 { kind.rawValue | permissions }
}

/// One entry of a tree that is to be packed.
struct TreeEntry: Sendable {
    /// Which file this is for the file system that holds it.
    struct Identity: Hashable, Sendable {
        let device: UInt64
        let inode: UInt64
    }

    /// The name in its folder; empty for the root.
    let name: [UInt8]
    /// The index of the folder; the root is its own.
    let parent: Int
    let metadata: EntryMetadata
    let identity: Identity
    /// A symbolic link's target.
    let target: [UInt8]
    /// The index of the first entry that is the same file; its own where there is none before.
    var firstLink: Int
    /// How many names the file has in this tree; for a folder 2 and its sub-folders.
    var linkCount: Int
}
