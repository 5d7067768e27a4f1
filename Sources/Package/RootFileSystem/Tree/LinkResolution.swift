/// Follows symbolic links within a tree, as the kernel does after chroot(2): no path leads out of it.
///
/// For trees that are looked up by path: ``TreeSnapshot``'s, or the entries of an image.
package enum LinkResolution {
    /// What a path leads to.
    package typealias Entry = (kind: EntryKind, target: [UInt8])

    /// How many links are followed on the way; Linux has the same bound (path_resolution(7)).
    private static let maximumLinks = 40

    /// Finds where a path leads.
    ///
    /// - Parameters:
    ///   - path: Names joined by "/", with or without a leading one.
    ///   - entry: Returns the entry at a path that has no links on the way; nil where there is none.
    /// - Returns: The path of an entry that is no link, or of the root; nil where a name is missing or the links are too
    ///   many.
    package static func resolve(
        _ path: some Collection<UInt8>,
        in entry: (EntryPath) -> Entry?
    ) -> EntryPath? {
        var rest = names(path)
        var place = EntryPath.root
        var links = 0
        while let name = rest.popFirst() {
            if name == [UInt8(ascii: ".")] { continue }
            if name == [UInt8(ascii: "."), UInt8(ascii: ".")] {
                place = place.parent
                continue
            }
            let next = place.appending(name)
            guard let found = entry(next) else { return nil }
            guard found.kind == .symbolicLink else {
                place = next
                continue
            }
            links += 1
            guard links <= maximumLinks else { return nil }
            if found.target.first == UInt8(ascii: "/") { place = .root }
            rest = names(found.target) + rest
        }
        return place
    }

    private static func names(_ path: some Collection<UInt8>) -> ArraySlice<[UInt8]> {
        path.split(separator: UInt8(ascii: "/")).map { Array($0) }[...]
    }
}
