/// A path's folder and last name, as text.
package struct PathParts: Equatable, Sendable {
    /// The path without its last name: "." where it has one name only.
    package let folder: String
    /// The last name; slashes at the end do not count.
    package let name: String

    /// Splits a path; nothing is looked up.
    package init(_ path: String) {
        var path = path[...]
        while path.count > 1, path.last == "/" { path.removeLast() }
        guard let slash = path.lastIndex(of: "/") else {
            (folder, name) = (".", String(path))
            return
        }
        let folder = path[..<slash]
        self.folder = folder.isEmpty ? "/" : String(folder)
        name = String(path[path.index(after: slash)...])
    }
}
