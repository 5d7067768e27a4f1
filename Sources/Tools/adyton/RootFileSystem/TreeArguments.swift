import ArgumentParser
import Foundation
import RootFileSystem

/// The options of every command that makes an image out of a directory tree.
struct TreeArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The owner and group of every entry, as numbers.",
            discussion: "Without it every entry keeps its own.",
            valueName: "user:group"
        )
    )
    var owner: Owner?

    /// The options, with the latest time out of SOURCE_DATE_EPOCH.
    func options() throws -> TreeOptions {
        TreeOptions(owner: owner.map { ($0.user, $0.group) }, latestTime: try Self.latestTime())
    }

    /// The latest time that anything made here has, out of SOURCE_DATE_EPOCH.
    static func latestTime() throws -> Int64 {
        guard let text = ProcessInfo.processInfo.environment["SOURCE_DATE_EPOCH"] else { return 0 }
        guard let time = Int64(text), (0...TreeOptions.largestTime).contains(time) else {
            throw ValidationError(
                "SOURCE_DATE_EPOCH takes seconds from 0 to \(TreeOptions.largestTime), found '\(text)'."
            )
        }
        return time
    }
}

/// An owner and a group as two numbers.
struct Owner: ExpressibleByArgument {
    let user: UInt32
    let group: UInt32

    init?(argument: String) {
        let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let user = UInt32(parts[0]), let group = UInt32(parts[1]) else { return nil }
        self.user = user
        self.group = group
    }
}
