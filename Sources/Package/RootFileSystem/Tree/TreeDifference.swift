import Diagnostics

/// How the first entry that differs between two trees differs.
package struct TreeDifference: Equatable, Sendable {
    /// One aspect of an entry.
    package struct Aspect: Equatable, Sendable {
        /// What it is: "owner", "mode", "time", "content" and the like.
        package let name: String
        package let first: String
        package let second: String
    }

    package let path: EntryPath
    /// Everything about the entry that differs, at least one.
    package let aspects: [Aspect]
    /// How many entries differ in all.
    package let count: Int

    /// Compares two trees.
    ///
    /// - Returns: nil where they are the same; else the first entry in the order in which images hold them.
    package static func between(_ first: TreeSnapshot, _ second: TreeSnapshot) -> TreeDifference? {
        let paths = Set(first.entries.keys).union(second.entries.keys)
        let different = paths.filter { first.entries[$0] != second.entries[$0] }
        guard let path = different.min(by: EntryPath.isBeforeInTree) else { return nil }
        let aspects = aspects(of: first.entries[path], and: second.entries[path])
        return TreeDifference(path: path, aspects: aspects, count: different.count)
    }

    private static func aspects(of first: TreeSnapshot.Entry?, and second: TreeSnapshot.Entry?) -> [Aspect] {
        guard let first, let second else {
            return [
                Aspect(
                    name: "entry",
                    first: first.map { "\($0.metadata.kind)" } ?? "none",
                    second: second.map { "\($0.metadata.kind)" } ?? "none"
                )
            ]
        }
        let pairs: [(String, (TreeSnapshot.Entry) -> String)] = [
            ("kind", { "\($0.metadata.kind)" }),
            ("mode", { String($0.metadata.permissions, radix: 8) }),
            ("owner", { "\($0.metadata.owner):\($0.metadata.group)" }),
            ("time", { "\($0.metadata.modified)" }),
            ("size", { "\($0.metadata.size)" }),
            ("device", { "\($0.metadata.device.major):\($0.metadata.device.minor)" }),
            ("links", { "\($0.linkCount)" }),
            ("same file as", { "\($0.original)" }),
            ("target", { EntryPath.readable($0.target) }),
            ("attributes", { $0.attributeText }),
            ("content", { "sha256 \(Hexadecimal.text($0.content))" }),
        ]
        return pairs.compactMap { name, text in
            let (left, right) = (text(first), text(second))
            return left == right ? nil : Aspect(name: name, first: left, second: right)
        }
    }
}

extension EntryPath {
    /// Whether a path comes first in an image: a folder before what it holds, and names by their bytes.
    static func isBeforeInTree(_ left: EntryPath, _ right: EntryPath) -> Bool {
        // "/" ends a name, so it counts less than every other byte.
        left.bytes.lexicographicallyPrecedes(right.bytes) { first, second in
            let slash = UInt8(ascii: "/")
            return first == slash ? second != slash : second != slash && first < second
        }
    }
}
