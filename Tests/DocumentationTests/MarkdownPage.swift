import Foundation
import TestSupport
import Testing

/// A Markdown file of the project, by its blocks of code.
struct MarkdownPage: Sendable, CustomTestStringConvertible {
    /// A block of code between two fences.
    struct CodeBlock: Sendable {
        /// The word behind the opening fence, such as `swift`; empty without one.
        let language: String
        /// The line of the opening fence, from 1.
        let line: Int
        /// The lines between the fences.
        var lines: [Substring] = []
    }

    /// The path below the project's root.
    let path: String
    /// The code blocks, in their order.
    let blocks: [CodeBlock]

    var testDescription: String { path }

    /// Reads a page.
    ///
    /// - Parameter path: Below the project's root.
    /// - Throws: What the file system throws.
    init(_ path: String) throws {
        self.path = path
        let text = try String(contentsOf: ProjectFolder.root.appending(path: path), encoding: .utf8)
        var blocks: [CodeBlock] = []
        var open: CodeBlock?
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.hasPrefix("```") {
                if let block = open { blocks.append(block) }
                open = open == nil ? CodeBlock(language: String(line.dropFirst(3)), line: index + 1) : nil
            } else {
                open?.lines.append(line)
            }
        }
        self.blocks = blocks
    }
}

/// The project's files that this target looks at.
enum ProjectFiles {
    /// Every Markdown file outside of hidden directories.
    static let pages: [MarkdownPage] = files(below: "", ending: ".md").compactMap { try? MarkdownPage($0) }

    /// Finds files by the end of their names.
    ///
    /// - Parameters:
    ///   - folder: Below the project's root; empty for the root.
    ///   - ending: The end of the name.
    /// - Returns: Sorted paths below the project's root. Hidden directories are left out.
    static func files(below folder: String, ending: String) -> [String] {
        let start = folder.isEmpty ? ProjectFolder.root : ProjectFolder.root.appending(path: folder)
        let files = FileManager.default.enumerator(
            at: start,
            includingPropertiesForKeys: nil,
            options: .skipsHiddenFiles
        )
        let prefix = ProjectFolder.root.path + "/"
        return (files?.compactMap { $0 as? URL } ?? [])
            .map(\.path).filter { $0.hasPrefix(prefix) && $0.hasSuffix(ending) }
            .map { String($0.dropFirst(prefix.count)) }.sorted()
    }
}
