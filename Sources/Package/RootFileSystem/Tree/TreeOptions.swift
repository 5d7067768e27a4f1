/// What is made the same for everybody before a tree becomes an image.
package struct TreeOptions: Sendable {
    /// The owner and the group of every entry; nil keeps those of the tree.
    package var owner: (user: UInt32, group: UInt32)?
    /// Later times become this one, in seconds since 1970.
    package var latestTime: Int64

    /// The latest time that the formats hold.
    package static let largestTime = Int64(Int32.max)

    /// - Parameters:
    ///   - owner: The owner and the group of every entry; nil keeps those of the tree.
    ///   - latestTime: From 0 to `largestTime`.
    package init(owner: (user: UInt32, group: UInt32)? = nil, latestTime: Int64 = 0) {
        precondition((0...Self.largestTime).contains(latestTime), "the formats hold 31 bits of time")
        self.owner = owner
        self.latestTime = latestTime
    }
}
