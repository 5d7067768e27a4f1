import Foundation
import TestSupport

/// The table of `Docs/architecture.md`, section 3: each target under the group that it belongs to.
struct ArchitecturePage {
    /// Groups in layers, the highest first; groups of one layer do not know each other.
    static let layers = [
        ["Benchmarks"], ["Tools"], ["Client", "Guest", "Host", "Serving"], ["Package"], ["Model"], ["Trust"],
        ["TestSupport"], ["Shared"], ["Shims"],
    ]

    /// A row's group and a target that it lists.
    struct Entry {
        let group: String
        let target: String
    }

    let entries: [Entry]

    init() throws {
        let page = try String(
            contentsOf: ProjectFolder.root.appending(path: "Docs/architecture.md"),
            encoding: .utf8
        )
        let section = page.components(separatedBy: "\n## 3.").last?.components(separatedBy: "\n## 4.").first ?? ""
        var group = ""
        var entries: [Entry] = []
        for line in section.split(separator: "\n") where line.hasPrefix("| ") {
            let cells = line.split(separator: "|", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count > 3, cells[1] != "group" else { continue }
            if !cells[1].isEmpty { group = cells[1] }
            // Names of folders stand in brackets behind their target.
            let names = cells[2].replacing(/\([^)]*\)/, with: "").matches(of: /`([^`]+)`/).map { String($0.1) }
            entries += names.map { Entry(group: group, target: $0) }
        }
        self.entries = entries
    }

    /// The layer of a group, 0 for the highest; nil where the page invents one.
    static func layer(of group: String) -> Int? {
        layers.firstIndex { $0.contains(group) }
    }
}
