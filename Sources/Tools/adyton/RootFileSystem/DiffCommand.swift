import ArgumentParser
import Diagnostics
import Foundation
import RootFileSystem

/// `adyton diff`: why two images have not the same root hash.
struct DiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Find the first file that differs between two images or directories.",
        discussion: """
            Compares entries, modes, owners, times, links, extended attributes and
            content. Exits with 0 where all is the same, and with 1 at a difference. In
            a directory, times count as mkext2 would write them, and so do owners.

            EXAMPLE
              adyton diff mine.img theirs.img
              adyton diff --owner 0:0 appdir rootfs.img
            """
    )

    private struct Document: Encodable {
        struct Aspect: Encodable {
            let name: String
            let first: String
            let second: String
        }
        let same: Bool
        let differing: Int
        let path: String?
        let aspects: [Aspect]
    }

    @Argument(help: "An ext2 image or a directory.", completion: .file())
    var first: String

    @Argument(help: "Another.", completion: .file())
    var second: String

    @Flag(help: "Print one JSON document.")
    var json = false

    @OptionGroup var tree: TreeArguments

    func run() throws {
        let options = try tree.options()
        let difference = try TransferProgress.show { report in
            TreeDifference.between(
                try TreeSnapshot(of: first, options: options, progress: report),
                try TreeSnapshot(of: second, options: options, progress: report)
            )
        }
        if json {
            let document = Document(
                same: difference == nil,
                differing: difference?.count ?? 0,
                path: difference.map { "\($0.path)" },
                aspects: (difference?.aspects ?? []).map { .init(name: $0.name, first: $0.first, second: $0.second) }
            )
            try printResult(JSONReport.of(document))
        } else if let difference {
            try printResult("\(difference.path) differs; entries that differ in all: \(difference.count)" + "\n")
            let table = TextTable([
                .init(title: "", cells: difference.aspects.map(\.name)),
                .init(title: first, cells: difference.aspects.map(\.first)),
                .init(title: second, cells: difference.aspects.map(\.second)),
            ])
            try printResult(table.text)
        }
        if difference != nil { throw ExitStatus.negativeAnswer }
    }
}
