import RootFileSystem

extension LayeredTree {
    /// A directory on the way to an entry.
    struct Place {
        /// The directory's node.
        var node: Int
        /// Whether a symbolic link was on the way.
        var isThroughLink = false
    }

    /// The largest number of symbolic links on one way, as in Linux.
    private static let maximumLinks = 40
    /// How many names of links' targets may be resolved for each entry of the limits; it bounds the time.
    private static let stepsPerEntry = 64

    /// Finds the directory at a path, and creates missing ones.
    ///
    /// Symbolic links are resolved in this tree as after chroot(2): an absolute target starts at the image's root, and
    /// ".." of the root is the root. So no path leads out of the image.
    ///
    /// - Throws: `container.path-unsafe` where something else than a directory is on the way, for a link to nothing, and
    ///   for too many links; `container.limit-exceeded`.
    mutating func folder(_ names: ArraySlice<[UInt8]>, place: String) throws(ContainerError) -> Place {
        var walk = Walk(names)
        while let step = walk.next() {
            guard try !advance(&walk, step, place: place) else { continue }
            guard !step.isOfLink else { throw Self.dangling(place) }
            walk.enter(try addImpliedFolder(step.name, in: walk.node, place: place))
        }
        return Place(node: walk.node, isThroughLink: walk.linkCount > 0)
    }

    /// Finds the directory at a path.
    ///
    /// - Returns: nil where a name on the way is missing.
    /// - Throws: As ``folder(_:place:)``, but for a link to nothing.
    mutating func existingFolder(_ names: ArraySlice<[UInt8]>, place: String) throws(ContainerError) -> Place? {
        var walk = Walk(names)
        while let step = walk.next() {
            guard try advance(&walk, step, place: place) else { return nil }
        }
        return Place(node: walk.node, isThroughLink: walk.linkCount > 0)
    }

    /// Finds the entry at a path; the last name is not followed if it is a symbolic link.
    mutating func find(_ path: LayerPath, place: String) throws(ContainerError) -> Int? {
        guard let name = path.names.last else { return 0 }
        guard let parent = try existingFolder(path.names.dropLast(), place: place) else { return nil }
        return nodes[parent.node].children?[name]
    }

    /// Takes one step: enters a directory, or puts a link's target in the place of its name.
    ///
    /// - Returns: No where the name is missing.
    private mutating func advance(
        _ walk: inout Walk,
        _ step: Walk.Step,
        place: String
    ) throws(ContainerError) -> Bool {
        guard let next = nodes[walk.node].children?[step.name] else { return false }
        if nodes[next].children != nil {
            walk.enter(next)
            return true
        }
        let inode = inodes[nodes[next].inode]
        guard inode.metadata.kind == .symbolicLink else { throw Self.noFolder(inode, place) }
        guard walk.linkCount < Self.maximumLinks else {
            throw ContainerError(
                .pathUnsafe,
                subject: place,
                expected: "at most \(Self.maximumLinks) symbolic links on the way",
                found: "more"
            )
        }
        try chargeSteps(1 + inode.target.count / 2, place)
        walk.follow(inode.target)
        return true
    }

    private mutating func chargeSteps(_ count: Int, _ place: String) throws(ContainerError) {
        linkSteps += count
        guard linkSteps / Self.stepsPerEntry <= limits.entries else {
            throw ContainerError(
                .limitExceeded,
                subject: place,
                expected: "at most \(limits.entries * Self.stepsPerEntry) names on the ways through symbolic links",
                found: "more"
            )
        }
    }

    static func noFolder(_ inode: Inode, _ place: String) -> ContainerError {
        ContainerError(
            .pathUnsafe,
            subject: place,
            expected: "a way through folders",
            found: "a \(inode.metadata.kind) on the way"
        )
    }

    private static func dangling(_ place: String) -> ContainerError {
        ContainerError(
            .pathUnsafe,
            subject: place,
            expected: "a way through folders of the image",
            found: "a symbolic link to nothing on the way: umoci creates its target, and buildah refuses it"
        )
    }
}

/// A way through the tree, name by name.
private struct Walk {
    struct Step {
        let name: [UInt8]
        /// Whether the name comes from a link's target.
        let isOfLink: Bool
    }

    /// The directories from the root to the current one.
    private var stack = [0]
    /// The names still to go, the next one last.
    private var rest: [Step]
    private(set) var linkCount = 0

    init(_ names: ArraySlice<[UInt8]>) {
        rest = names.reversed().map { Step(name: $0, isOfLink: false) }
    }

    /// The current directory.
    var node: Int { stack[stack.count - 1] }

    /// The next name to look up.
    mutating func next() -> Step? {
        while let step = rest.popLast() {
            if step.name.elementsEqual("..".utf8) {
                if stack.count > 1 { stack.removeLast() }
            } else if !step.name.elementsEqual(".".utf8) {
                return step
            }
        }
        return nil
    }

    mutating func enter(_ folder: Int) {
        stack.append(folder)
    }

    /// Puts a link's target in the place of its name.
    mutating func follow(_ target: [UInt8]) {
        linkCount += 1
        let slash = UInt8(ascii: "/")
        if target.first == slash { stack = [0] }
        rest += target.split(separator: slash).reversed().map { Step(name: Array($0), isOfLink: true) }
    }
}
