import ArgumentParser
import ContainerImage
import Diagnostics
import Foundation
import RootFileSystem

/// `adyton appbuilder`: a Dockerfile or a container image into an app directory.
struct AppBuilderCommand: AsyncParsableCommand {
    static let configuration: CommandConfiguration = CommandConfiguration(
        commandName: "appbuilder",
        abstract: "Make an app directory or a cpio archive of a Dockerfile or a container image.",
        discussion: """
            An image is read from its files: an OCI layout, an archive of one, or what
            docker save writes, compressed or not. No container is run, and every digest
            is checked. An image with a registry's name, such as
            registry.example/name:tag, is brought by skopeo. A Dockerfile is built by docker, buildah or podman, whichever
            works first, with the Dockerfile's folder as context; nothing of the build
            stays behind.

            The image's configuration (environment, entry point, command, working
            directory, user) goes to appenv.json in the result's root. /dev, /proc and
            /sys are added where they are missing. Times later than
            SOURCE_DATE_EPOCH (default 0) become that; the same image gives the same
            archive everywhere. An archive keeps every owner and device for any user, but no
            extended attributes. An ordinary user owns all files of a folder; NAME.lost.json
            beside the result lists the owners and devices that were lost.

            Of Mystikos's options, -m has nothing to do here, for no container is run or
            mounted, and neither has -p, for an application meets a Linux kernel with
            the C library that its image brings. Both are taken, and say so.

            EXAMPLE
              adyton appbuilder -o appdir Dockerfile
              adyton appbuilder -i image.tar -f cpio -o rootfs.cpio
              adyton appbuilder -i image.tar --platform linux/arm64
              adyton appbuilder -i image.tar --reference sha256:DIGEST
              adyton appbuilder -d Dockerfile -e '--build-arg VERSION=2' --builder buildah
            """
    )

    /// What is made.
    enum Form: String, ExpressibleByArgument, CaseIterable {
        case dir
        case cpio
    }

    @Argument(help: "A Dockerfile, as with -d.", completion: .file())
    var file: String?

    @Option(name: [.customShort("d"), .long], help: "Build this Dockerfile.", completion: .file())
    var dockerfile: String?

    @Option(
        name: .shortAndLong,
        help: "Take this image: a folder, an archive, or a name in a builder's storage or a registry.",
        completion: .file()
    )
    var image: String?

    @Option(
        name: .shortAndLong,
        help: "What to make: dir or cpio. For ext2, pass the directory to adyton mkext2.",
        transform: { text in
            guard let form = Form(rawValue: text) else {
                let hint = text == "ext2" ? " Make a dir, and pass it to 'adyton mkext2'." : ""
                throw ValidationError("--format takes dir or cpio, found '\(text)'.\(hint)")
            }
            return form
        }
    )
    var format: Form = .dir

    @Option(name: .shortAndLong, help: "The result.", completion: .file())
    var output = "appdir"

    @Option(
        name: [.customShort("e"), .customLong("extra")],
        parsing: .unconditional,
        help: "Further arguments of the builder, as one text."
    )
    var extra: String?

    @Flag(name: .shortAndLong, help: "Show what the builder prints, and each layer.")
    var verbose = false

    @Option(help: "Build with this one alone: docker, buildah or podman.")
    var builder: BuilderKind?

    // -f is Mystikos's --format here, so the shared option would take its letter.
    @Flag(help: "Replace what has the result's name.")
    var force = false

    @OptionGroup var choice: ImageChoice

    @Flag(help: "Print one JSON document about the image and the result.")
    var json = false

    @Flag(name: .customShort("m"), help: "Nothing: no container is run or mounted.")
    var mount = false

    @Flag(name: .customShort("p"), help: "Nothing: a Linux kernel runs the image's own C library.")
    var symbols = false

    func validate() throws {
        let sources = [file, dockerfile, image].compactMap(\.self)
        guard sources.count == 1 else {
            throw ValidationError("Exactly one of a Dockerfile and --image is wanted, found \(sources.count).")
        }
        if image != nil, extra != nil { throw ValidationError("--extra goes with a Dockerfile.") }
        if output.isEmpty { throw ValidationError("--output takes a name.") }
    }

    func run() async throws {
        if mount { Message.print("-m has nothing to do: no container is run or mounted") }
        if symbols {
            Message.print("-p has nothing to do: a Linux kernel runs the image's own C library")
        }
        let latestTime = try TreeArguments.latestTime()
        let signals = InterruptHandler()
        let work = AppBuild(command: self, latestTime: latestTime, interruption: signals.interruption)
        do {
            let report = try await signals.run { try await work.run() }
            if json { try printResult(report.json()) }
        } catch {
            guard let status = signals.exitStatus else { throw error }
            Message.print("\(error)")
            throw status
        }
    }
}

extension BuilderKind: ExpressibleByArgument {}

/// Which image of several, and how large it may be.
struct ImageChoice: ParsableArguments {
    @Option(help: ArgumentHelp("Choose the image for this platform.", valueName: "os/architecture[/variant]"))
    var platform: OCIPlatform = .linux

    @Option(help: ArgumentHelp("Choose the image of this name, tag or digest.", valueName: "name"))
    var reference: String?

    @Option(
        help: ArgumentHelp(
            "The most bytes that all layers may have, uncompressed and together.",
            valueName: "bytes"
        )
    )
    var maximumSize = ContainerLimits().layerBytes

    func validate() throws {
        if maximumSize < 1 { throw ValidationError("--maximum-size takes at least 1 byte, found \(maximumSize).") }
    }
}

extension OCIPlatform: ExpressibleByArgument {
    /// Reads a platform of the form `os/architecture`.
    ///
    /// - Parameter argument: What a person wrote.
    public init?(argument: String) {
        self.init(argument)
    }
}
