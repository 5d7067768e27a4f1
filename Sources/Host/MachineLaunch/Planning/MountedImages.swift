package import EnclavePackage
import Foundation
import GuestInterface
package import Machine
package import RootFileSystem

/// The images that a person gives for the mounts that a configuration allows, each for one of them.
package struct MountedImages: Equatable, Sendable {
    /// A mount's name and its image, as `NAME=IMAGE` says.
    package struct Pair: Equatable, Sendable {
        fileprivate let first: String
        fileprivate let second: String

        /// Reads `NAME=IMAGE`; nil for a text without a name or an image.
        ///
        /// - Parameter text: The name is the mount's `Target`, with or without its first slash. Mystikos's order, the image
        ///   first, is read as well.
        package init?(_ text: String) {
            guard let equals = text.firstIndex(of: "=") else { return nil }
            first = String(text[..<equals])
            second = String(text[text.index(after: equals)...])
            guard !first.isEmpty, !second.isEmpty else { return nil }
        }

        fileprivate func image(for target: String) -> String? {
            func names(_ text: String) -> Bool { text == target || "/\(text)" == target }
            return names(first) ? second : names(second) ? first : nil
        }
    }

    private let pairs: [Pair]

    /// - Parameter pairs: What the command line names.
    package init(_ pairs: [Pair] = []) {
        self.pairs = pairs
    }

    /// Finds the image of a mount.
    ///
    /// - Parameter target: The mount's `Target`.
    /// - Returns: The image's path; nil where none is named.
    package func image(for target: String) -> String? {
        pairs.lazy.compactMap { $0.image(for: target) }.first
    }

    /// Refuses images for mounts that there are not.
    ///
    /// - Parameter targets: The mounts whose images may be named.
    /// - Throws: `launch.mount-not-taken`.
    package func check(against targets: [String]) throws(LaunchError) {
        for pair in pairs where !targets.contains(where: { pair.image(for: $0) != nil }) {
            throw LaunchError(
                .mountNotTaken,
                subject: "--mount",
                expected: targets.isEmpty
                    ? "none, for the configuration has no ext2 Mount whose image is given when it is run (AtRun)"
                    : "one of \(targets.joined(separator: ", ")), as in \(targets[0])=IMAGE",
                found: pair.first
            )
        }
    }

    /// The error for a mount without an image.
    ///
    /// - Parameter target: The mount's `Target`.
    /// - Returns: The error.
    static func missing(_ target: String) -> LaunchError {
        LaunchError(
            .mountMissing,
            subject: "the image of Mount \(target)",
            expected: "--mount \(target)=IMAGE, for the configuration names none"
        )
    }

    /// Opens the images of a configuration's ext2 mounts, for a launch without a package.
    ///
    /// - Parameters:
    ///   - configuration: Whose mounts; where it names a root hash or a key, the image has to have it.
    ///   - folder: Where the configuration's relative paths begin.
    ///   - trust: Who vouches for images of which the configuration says nothing.
    ///   - options: How a directory is packed.
    ///   - progress: Reports bytes; see ``ByteProgress/Report``.
    /// - Returns: The images in the order of the mounts.
    /// - Throws: `launch.mount-missing`, `launch.mount-not-taken`, `root.*`, `package.*`.
    package func disks(
        of configuration: PackageConfiguration,
        seenFrom folder: String,
        trust: ImageTrust,
        options: TreeOptions,
        progress: ByteProgress.Report?
    ) throws -> [RootDisk] {
        let mounts = configuration.mounts.filter { $0.kind == .ext2 }
        try check(against: mounts.map(\.target))
        func seen(_ path: String) -> String { path.hasPrefix("/") ? path : "\(folder)/\(path)" }
        return try mounts.map { mount in
            guard let path = image(for: mount.target) ?? mount.source.map(seen) else {
                throw Self.missing(mount.target)
            }
            let own = try mount.trust { seen($0) }
            return try RootDisk(path, trust: own ?? trust, options: options, progress: progress)
        }
    }
}
