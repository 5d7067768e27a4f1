import RootFileSystem

/// One entry of a tar archive, without its content.
struct TarEntry {
    /// The name as it is in the archive, not normalized.
    let name: [UInt8]
    let kind: TarHeader.Kind
    let permissions: UInt16
    let owner: UInt32
    let group: UInt32
    let modified: Int
    /// The content's size; for a sparse file with its holes.
    let size: Int
    /// How many bytes of the content are holes, which are not in the archive.
    let holeSize: Int
    /// The target of a symbolic or hard link.
    let target: [UInt8]
    let device: DeviceNumber
    let attributes: [ExtendedAttribute]
    /// The entry's position for error messages.
    let place: String
}

/// A part of an entry's content.
enum TarContent {
    case bytes(ArraySlice<UInt8>)
    /// That many zeros, which are not in the archive.
    case hole(Int)
}
