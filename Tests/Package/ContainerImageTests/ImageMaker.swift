import ContainerImage
import Crypto
import Diagnostics
import Foundation
import RootFileSystem
import TestSupport

/// A generated OCI layout in a temporary directory, with optional flaws.
struct ImageMaker {
    static let layerType = "application/vnd.oci.image.layer.v1.tar"

    let folder: TemporaryFolder
    /// The layout's path.
    var path: String { folder.url.appending(path: "image").path }

    /// The flaws of an image; texts are replaced in the documents before their digests are computed.
    struct Flaws {
        var layerType = ImageMaker.layerType
        var manifest: (String, String) = ("", "")
        var configuration: (String, String) = ("", "")
        var index: (String, String) = ("", "")
        /// The layers as they are stored; nil for the archives themselves.
        var stored: [[UInt8]]?
    }

    init(_ layers: [[TarMember]], flaws: Flaws = Flaws()) throws {
        try self.init(archives: layers.map(TarMember.archive), flaws: flaws)
    }

    init(archives: [[UInt8]], flaws: Flaws = Flaws()) throws {
        folder = try TemporaryFolder()
        let blobs = folder.url.appending(path: "image/blobs/sha256")
        try FileManager.default.createDirectory(at: blobs, withIntermediateDirectories: true)
        func store(_ bytes: [UInt8], _ type: String) throws -> String {
            let digest = Self.digest(bytes)
            try Data(bytes).write(to: blobs.appending(path: digest))
            return #"{"mediaType":"\#(type)","digest":"sha256:\#(digest)","size":\#(bytes.count)}"#
        }
        func exchange(_ text: String, _ flaw: (String, String)) -> [UInt8] {
            Array((flaw.0.isEmpty ? text : text.replacingOccurrences(of: flaw.0, with: flaw.1)).utf8)
        }
        let diffs = archives.map { #""sha256:\#(Self.digest($0))""# }.joined(separator: ",")
        let descriptors = try (flaws.stored ?? archives).map { try store($0, flaws.layerType) }
        let configuration = try store(
            exchange(
                #"""
                {"os":"linux","architecture":"amd64","config":{"Env":["A=b"],"Cmd":["/x"],"WorkingDir":"/w","User":"7"},
                "rootfs":{"type":"layers","diff_ids":[\#(diffs)]}}
                """#,
                flaws.configuration
            ),
            "application/vnd.oci.image.config.v1+json"
        )
        let manifest = try store(
            exchange(
                #"{"schemaVersion":2,"config":\#(configuration),"layers":[\#(descriptors.joined(separator: ","))]}"#,
                flaws.manifest
            ),
            "application/vnd.oci.image.manifest.v1+json"
        )
        try write("oci-layout", Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8))
        try write("index.json", exchange(#"{"schemaVersion":2,"manifests":[\#(manifest)]}"#, flaws.index))
    }

    static func digest(_ bytes: [UInt8]) -> String { Hexadecimal.text(SHA256.hash(data: bytes)) }

    /// Writes a file of the layout.
    func write(_ name: String, _ bytes: [UInt8]) throws {
        try Data(bytes).write(to: URL(filePath: path).appending(path: name))
    }

    /// A path next to the layout.
    func beside(_ name: String) -> String { folder.url.appending(path: name).path }

    /// The file tree of the image.
    func tree(
        limits: ContainerLimits = ContainerLimits(),
        latestTime: Int64 = 0,
        choice: ContainerImage.Choice = .init()
    ) throws -> TreePlan {
        try Self.tree(path, limits: limits, latestTime: latestTime, choice: choice, spool: folder.url.path)
    }

    static func tree(
        _ path: String,
        limits: ContainerLimits = ContainerLimits(),
        latestTime: Int64 = 0,
        choice: ContainerImage.Choice = .init(),
        spool: String
    ) throws -> TreePlan {
        let image = try ContainerImage(opening: path, choice: choice, limits: limits, spoolFolder: spool)
        return try image.tree(limits: limits, latestTime: latestTime, spoolFolder: spool)
    }

    /// Every entry of the tree but what is added to each image, one for each line: path, mode in octal, owner, content or
    /// target.
    func listing(latestTime: Int64 = 0) throws -> [String] {
        let archive = beside("listing.cpio")
        try CpioWriter.write(try tree(latestTime: latestTime), to: archive, replacing: true)
        var reader = try CpioReader(opening: archive)
        var entries: [CpioReader.Entry] = []
        // The last name of a file brings the content of all.
        var contents: [CpioReader.FileNumber: [UInt8]] = [:]
        while let entry = try reader.next() {
            entries.append(entry)
            while let part = try reader.content(upTo: 1 << 16) { contents[entry.file, default: []] += part }
        }
        var lines: [String] = []
        for entry in entries {
            let content = entry.target + contents[entry.file, default: []]
            let metadata = entry.metadata
            let isMountPoint = ["dev", "proc", "sys"].contains("\(entry.path)") && metadata.mode == 0o40755
            guard "\(entry.path)" != ContainerImage.environmentFileName, !isMountPoint else { continue }
            let device = metadata.kind.isDevice ? " \(metadata.device.major):\(metadata.device.minor)" : ""
            lines.append(
                """
                \(entry.path) \(String(metadata.mode, radix: 8)) \(metadata.owner):\(metadata.group)\
                \(device)\(content.isEmpty ? "" : " " + String(decoding: content, as: UTF8.self))
                """
            )
        }
        return lines
    }

    /// Compresses bytes with a program.
    static func compress(
        _ bytes: [UInt8],
        with program: String = "gzip",
        _ arguments: [String] = ["-nc"]
    ) async throws -> [UInt8] {
        guard let tool = OutsideTool(named: program) else { throw CocoaError(.fileNoSuchFile) }
        return Array(try await tool.run(arguments, input: Data(bytes)).standardOutput)
    }
}

/// The code of the error that a call throws; nil where it throws none.
func code(of work: () throws -> Void) -> String? {
    do {
        try work()
        return nil
    } catch let error as any CodedError {
        return error.stableCode
    } catch {
        return "\(error)"
    }
}
