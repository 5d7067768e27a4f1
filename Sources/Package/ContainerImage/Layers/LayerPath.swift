import RootFileSystem

/// A checked path of a layer entry, as names from the root.
struct LayerPath: Hashable, CustomStringConvertible {
    let names: [[UInt8]]

    /// Parses a path of a layer.
    ///
    /// - Parameter bytes: Names joined by "/". The image's root is meant, with or without a leading "/"; "." and empty
    ///   names are dropped. Nil for no bytes, "..", NUL, and names or paths longer than Linux allows.
    init?(_ bytes: [UInt8]) {
        let slash = UInt8(ascii: "/")
        let relative = bytes.drop { $0 == slash }
        guard let path = EntryPath(normalizing: relative.isEmpty && !bytes.isEmpty ? [UInt8(ascii: ".")] : relative)
        else { return nil }
        names = path.bytes.split(separator: slash).map(Array.init)
    }

    private init(names: [[UInt8]]) {
        self.names = names
    }

    /// Creates the path of an entry in the root directory.
    init(name: [UInt8]) {
        names = [name]
    }

    /// The parent directory's path; the root is its own parent.
    var parent: LayerPath { LayerPath(names: Array(names.dropLast())) }

    /// The path of an entry in this directory.
    func appending(_ name: [UInt8]) -> LayerPath { LayerPath(names: names + [name]) }

    var description: String {
        EntryPath.readable(names.joined(separator: [UInt8(ascii: "/")]).prefix(200))
    }
}
