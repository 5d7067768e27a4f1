import ArgumentParser
import Attestation
import Foundation
import InferenceClient
import VendorServices

/// Where a command keeps endorsements, and whom it asks for them.
struct EndorsementStoreArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where fetched documents are kept.",
            discussion: "The default is adyton/endorsements in your cache folder. Several programs may share it.",
            valueName: "folder"
        ),
        completion: .directory
    )
    var cache: String?

    @Option(
        name: .customLong("endorsements"),
        help: ArgumentHelp(
            "Also use the documents of this file, which endorsements export wrote.",
            valueName: "file"
        ),
        completion: .file(extensions: ["json"])
    )
    var archive: String?

    @Option(
        help: ArgumentHelp(
            "Ask a mirror in a service's place (repeatable).",
            discussion: "Such as https://kdsintf.amd.com=http://mirror.example:8080. A mirror is not trusted either.",
            valueName: "service=mirror"
        )
    )
    var mirror: [MirrorOption] = []

    func validate() throws {
        guard Set(mirror.map(\.service)).count == mirror.count else {
            throw ValidationError("--mirror names one service twice.")
        }
    }

    /// The folder of the cache.
    var folder: URL { cache.map { URL(filePath: $0) } ?? EndorsementCache.userFolder }

    /// Whether anything was said here.
    var isNamed: Bool { cache != nil || archive != nil || !mirror.isEmpty }

    /// Makes the cache.
    ///
    /// - Parameter isOffline: Whether nobody is asked.
    /// - Returns: The cache, which reports on standard error.
    /// - Throws: `endorsement.archive-*` for a file that is no archive.
    func source(isOffline: Bool) throws -> EndorsementCache {
        let mirrors = Dictionary(uniqueKeysWithValues: mirror.map { ($0.service, $0.mirror) })
        return EndorsementCache(
            folder: folder,
            upstream: isOffline ? nil : VendorService(mirrors: mirrors),
            archive: try archive.map { try EndorsementArchive(reading: URL(filePath: $0)) },
            report: { [command = Message.command] event in
                Message.$command.withValue(command) { Message.print("\(event)") }
            }
        )
    }

    /// The source for evidence in a file.
    ///
    /// - Parameter fetching: Whether AMD and Intel are asked.
    /// - Returns: nil where the evidence must bring everything along.
    /// - Throws: `endorsement.archive-*` for a file that is no archive.
    func fileSource(fetching: Bool) throws -> EndorsementCache? {
        guard fetching || cache != nil || archive != nil else { return nil }
        return try source(isOffline: !fetching)
    }

    /// Makes the options of a client.
    ///
    /// - Parameter isOffline: Whether nobody is asked.
    /// - Returns: The options, which report on standard error.
    /// - Throws: `endorsement.archive-*` for a file that is no archive.
    func options(isOffline: Bool) throws -> EndorsementOptions {
        var options = EndorsementOptions()
        options.folder = folder
        options.isOffline = isOffline
        options.archive = try archive.map { try EndorsementArchive(reading: URL(filePath: $0)) }
        options.mirrors = Dictionary(uniqueKeysWithValues: mirror.map { ("\($0.service)", "\($0.mirror)") })
        options.report = { [command = Message.command] event in
            Message.$command.withValue(command) { Message.print("\(event)") }
        }
        return options
    }
}

/// Where endorsements come from that did not come along with evidence in a file.
struct EndorsementArguments: ParsableArguments {
    @Flag(
        help: ArgumentHelp(
            "Ask AMD or Intel for what did not come along.",
            discussion: "Without it nothing leaves this computer; with --cache or --endorsements alone, what is there "
                + "is used, whatever its age. What is fetched is verified like all else."
        )
    )
    var fetch = false

    @OptionGroup var store: EndorsementStoreArguments

    func validate() throws {
        guard fetch || store.mirror.isEmpty else {
            throw ValidationError("--mirror says whom to ask; it needs --fetch.")
        }
    }

    /// The source; nil where evidence must bring everything along.
    ///
    /// - Throws: `endorsement.archive-*` for a file that is no archive.
    func source() throws -> EndorsementCache? { try store.fileSource(fetching: fetch) }
}

/// The endorsements of a command that connects: it asks the vendors, unless told not to.
struct ConnectionEndorsementArguments: ParsableArguments {
    @Flag(
        help: ArgumentHelp(
            "Ask no vendor for revocation lists and TCB information.",
            discussion: "What is kept is used, whatever its age; a policy's maximumAgeInDays refuses what is too old."
        )
    )
    var offline = false

    @OptionGroup var store: EndorsementStoreArguments

    func validate() throws {
        guard !offline || store.mirror.isEmpty else {
            throw ValidationError("--mirror says whom to ask; --offline asks nobody.")
        }
    }

    /// Whether anything was said here.
    var isNamed: Bool { offline || store.isNamed }

    /// The options of a client.
    ///
    /// - Throws: `endorsement.archive-*` for a file that is no archive.
    func options() throws -> EndorsementOptions { try store.options(isOffline: offline) }
}

/// The endorsements of a command that takes a server, whose processor's vendor is asked unless told not to, or a file, of which
/// nothing is fetched unless told to.
struct SubjectEndorsementArguments: ParsableArguments {
    @Flag(
        help: ArgumentHelp(
            "Of a file: ask AMD or Intel for what did not come along.",
            discussion: "Without it nothing leaves this computer. What is fetched is verified like all else."
        )
    )
    var fetch = false

    @Flag(
        help: ArgumentHelp(
            "Of a server: ask no vendor for revocation lists and TCB information.",
            discussion: "What is kept is used, whatever its age; a policy's maximumAgeInDays refuses what is too old."
        )
    )
    var offline = false

    @OptionGroup var store: EndorsementStoreArguments

    /// Checks what goes with the kind of subject.
    ///
    /// - Throws: `ValidationError` for an option of the other kind.
    func check(isServer: Bool) throws {
        guard !isServer || !fetch else {
            throw ValidationError("--fetch goes with a file: of a server's processor, the vendor is asked anyway.")
        }
        guard isServer || !offline else {
            throw ValidationError("--offline goes with an https:// address: of a file, nothing is fetched anyway.")
        }
        guard store.mirror.isEmpty || (isServer ? !offline : fetch) else {
            let reason = isServer ? "--offline asks nobody" : "it needs --fetch"
            throw ValidationError("--mirror says whom to ask; \(reason).")
        }
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
