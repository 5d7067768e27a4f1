import ArgumentParser
import Foundation
import RootFileSystem

/// `adyton lsext2`: what an ext2 image holds.
struct ListExt2Command: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lsext2",
        abstract: "List what an ext2 image holds.",
        discussion: """
            One line an entry: mode, links, owner, group, size or device, time in
            seconds since 1970, path. What is no printable text in a name is written as
            \\xNN.

            EXAMPLE
              adyton lsext2 rootfs.img
              adyton lsext2 rootfs.img etc/passwd
              adyton lsext2 --json rootfs.img | jq -r '.[] | .path + " " + .kind'
            """
    )

    private struct Document: Encodable {
        let path: String
        let kind: String
        let permissions: String
        let owner: UInt32
        let group: UInt32
        let links: Int
        let size: Int
        let modified: Int64
        let device: String?
        let target: String?
        let original: String?

        init(_ entry: ImageEntry) {
            let metadata = entry.metadata
            path = "\(entry.path)"
            kind = "\(metadata.kind)"
            permissions = String(metadata.permissions, radix: 8)
            owner = metadata.owner
            group = metadata.group
            links = entry.linkCount
            size = metadata.size
            modified = metadata.modified
            device = metadata.kind.isDevice ? "\(metadata.device.major):\(metadata.device.minor)" : nil
            target = entry.target.isEmpty ? nil : EntryPath.readable(entry.target)
            original = entry.original.map { "\($0)" }
        }
    }

    @Argument(help: "The image.", completion: .file())
    var image: String

    @Argument(help: "List this entry and what is below it.")
    var path: String?

    @Flag(help: "Print one JSON document.")
    var json = false

    func run() throws {
        var start = path ?? "."
        while start.hasPrefix("/") { start.removeFirst() }
        while start.hasSuffix("/") { start.removeLast() }
        guard let entry = EntryPath(checking: start.isEmpty ? [UInt8(ascii: ".")] : Array(start.utf8)) else {
            throw ValidationError("PATH takes names joined by '/', found '\(start)'.")
        }
        let entries = try Ext2Listing.entries(of: image, below: entry)
        if json {
            try printResult(JSONReport.of(entries.map { Document($0) }))
        } else {
            try printResult(entries.map { Self.line($0) }.joined())
        }
    }

    private static func line(_ entry: ImageEntry) -> String {
        let metadata = entry.metadata
        let size = metadata.kind.isDevice ? "\(metadata.device.major), \(metadata.device.minor)" : "\(metadata.size)"
        let fields = [
            metadata.modeText, pad("\(entry.linkCount)", 3), pad("\(metadata.owner)", 5), pad("\(metadata.group)", 5),
            pad(size, 11), pad("\(metadata.modified)", 10), "\(entry.path)",
        ]
        let target = entry.target.isEmpty ? "" : " -> \(EntryPath.readable(entry.target))"
        return fields.joined(separator: " ") + target + (entry.original.map { " = \($0)" } ?? "") + "\n"
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}

extension EntryMetadata {
    /// The mode as `ls -l` writes it.
    var modeText: String {
        let letter =
            switch kind {
            case .file: "-"
            case .directory: "d"
            case .symbolicLink: "l"
            case .characterDevice: "c"
            case .blockDevice: "b"
            case .fifo: "p"
            case .socket: "s"
            }
        let special: [(bit: UInt16, set: Character, alone: Character)] = [
            (0o4000, "s", "S"), (0o2000, "s", "S"), (0o1000, "t", "T"),
        ]
        var text = letter
        for (index, special) in special.enumerated() {
            let bits = permissions >> UInt16(6 - 3 * index)
            text += bits & 4 != 0 ? "r" : "-"
            text += bits & 2 != 0 ? "w" : "-"
            let runs = bits & 1 != 0
            text.append(permissions & special.bit != 0 ? (runs ? special.set : special.alone) : runs ? "x" : "-")
        }
        return text
    }
}
