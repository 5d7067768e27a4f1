import ArgumentParser
import Attestation
import Foundation
import VendorServices

/// Where endorsements come from that did not come along with evidence.
struct EndorsementArguments: ParsableArguments {
    @Flag(
        help: ArgumentHelp(
            "Ask AMD or Intel for what did not come along.",
            discussion: "Without it nothing leaves this computer. What is fetched is verified like all else."
        )
    )
    var fetch = false

    @Option(
        help: ArgumentHelp(
            "Where fetched documents are kept.",
            discussion: "Without --fetch, what is kept there is used, whatever its age. With it, the default is "
                + "adyton/endorsements in your cache folder.",
            valueName: "folder"
        ),
        completion: .directory
    )
    var cache: String?

    @Option(
        help: ArgumentHelp(
            "Ask a mirror in a service's place (repeatable).",
            discussion: "Such as https://kdsintf.amd.com=http://mirror.example:8080. A mirror is not trusted either.",
            valueName: "service=mirror"
        )
    )
    var mirror: [MirrorOption] = []

    func validate() throws {
        guard fetch || mirror.isEmpty else { throw ValidationError("--mirror says whom to ask; it needs --fetch.") }
        guard Set(mirror.map(\.service)).count == mirror.count else {
            throw ValidationError("--mirror names one service twice.")
        }
    }

    /// The source; nil where evidence must bring everything along.
    var source: EndorsementCache? {
        guard fetch || cache != nil else { return nil }
        let mirrors = Dictionary(uniqueKeysWithValues: mirror.map { ($0.service, $0.mirror) })
        return EndorsementCache(
            folder: cache.map { URL(filePath: $0) } ?? Self.folder,
            upstream: fetch ? VendorService(mirrors: mirrors) : nil
        )
    }

    /// The user's cache folder (XDG Base Directory Specification).
    private static var folder: URL {
        let environment = ProcessInfo.processInfo.environment
        let stated = environment["XDG_CACHE_HOME"].flatMap { $0.hasPrefix("/") ? URL(filePath: $0) : nil }
        let home = FileManager.default.homeDirectoryForCurrentUser.appending(path: ".cache")
        return (stated ?? home).appending(path: "adyton/endorsements")
    }
}

/// `--mirror SERVICE=MIRROR`.
struct MirrorOption: ExpressibleByArgument {
    let service: Origin
    let mirror: Origin

    init?(argument: String) {
        let halves = argument.split(separator: "=", maxSplits: 1).map(String.init)
        guard halves.count == 2, let service = Origin(halves[0]), let mirror = Origin(halves[1]) else { return nil }
        self.service = service
        self.mirror = mirror
    }
}
