import Foundation
import TestSupport
import Testing

/// The Swift code that pages and articles show is code that the compiler has seen: it is in `Snippets/`, line for line.
///
/// Imports stand at the top of a file and indentation follows the function around a snippet, so neither is compared in
/// place: a snippet's imports must be imports of the file that has its lines.
@Suite struct SnippetTests {
    /// A file that was compiled with this target.
    private struct CompiledFile {
        let imports: Set<String>
        let lines: [String]
    }

    /// Sketches, as their page says: no caller could compile them.
    private static let sketches: Set = ["Docs/architecture.md"]

    private static let compiled: [CompiledFile] =
        ProjectFiles.files(below: "Tests/DocumentationTests/Snippets", ending: ".swift").compactMap { path in
            guard let text = try? String(contentsOf: ProjectFolder.root.appending(path: path), encoding: .utf8) else {
                return nil
            }
            let lines = normalised(text.split(separator: "\n"))
            return CompiledFile(imports: Set(lines.filter { $0.hasPrefix("import ") }), lines: lines)
        }

    private static func normalised(_ lines: [Substring]) -> [String] {
        lines.map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }

    /// Whether a compiled file has the snippet's lines in one run, and its imports.
    private static func isCompiled(_ snippet: [Substring]) -> Bool {
        let lines = normalised(snippet)
        let imports = lines.filter { $0.hasPrefix("import ") }
        let code = lines.filter { !$0.hasPrefix("import ") }
        return compiled.contains { file in
            file.imports.isSuperset(of: imports) && !code.isEmpty && file.lines.firstRange(of: code) != nil
        }
    }

    @Test(arguments: ProjectFiles.pages.filter { !sketches.contains($0.path) })
    func `Swift blocks of pages are compiled`(page: MarkdownPage) {
        for block in page.blocks where block.language == "swift" {
            #expect(Self.isCompiled(block.lines), "\(page.path):\(block.line) is in no file of Snippets/")
        }
    }

    @Test func `steps of tutorials are compiled`() throws {
        let steps = ProjectFiles.files(below: "Sources", ending: ".swift").filter { $0.contains(".docc/") }
        #expect(!steps.isEmpty)
        for path in steps {
            let text = try String(contentsOf: ProjectFolder.root.appending(path: path), encoding: .utf8)
            #expect(Self.isCompiled(text.split(separator: "\n")), "\(path) is in no file of Snippets/")
        }
    }

    @Test func `the README has a block of Swift`() throws {
        let page = try MarkdownPage("README.md")
        #expect(page.blocks.contains { $0.language == "swift" })
    }
}
