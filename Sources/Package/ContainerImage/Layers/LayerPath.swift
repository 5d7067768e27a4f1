import RootFileSystem

/// A path of a layer, as names from the root.
struct LayerPath: CustomStringConvertible {
    let names: [[UInt8]]

    /// Takes a path of a layer.
    ///
    /// - Parameter bytes: Names joined by "/"; "./" before and "/" behind them is dropped. An absolute path, "..", "." in
    ///   between, an empty name, NUL, and what is longer than Linux takes give nil.
    init?(_ bytes: [UInt8]) {
        let slash = UInt8(ascii: "/")
        var bytes = bytes[...]
        while bytes.starts(with: "./".utf8) { bytes = bytes.dropFirst(2) }
        if bytes.first != slash, bytes.last == slash { bytes = bytes.dropLast() }
        guard let path = EntryPath(checking: bytes), !(bytes.isEmpty && bytes.startIndex == 0) else { return nil }
        names = path.bytes.split(separator: slash).map(Array.init)
    }

    private init(names: [[UInt8]]) {
        self.names = names
    }

    /// An entry of the root.
    init(name: [UInt8]) {
        names = [name]
    }

    /// The folder's path; the root is its own.
    var parent: LayerPath { LayerPath(names: Array(names.dropLast())) }

    /// The path of an entry of this folder.
    func appending(_ name: [UInt8]) -> LayerPath { LayerPath(names: names + [name]) }

    var description: String {
        EntryPath.readable(names.joined(separator: [UInt8(ascii: "/")]).prefix(200))
    }
}
