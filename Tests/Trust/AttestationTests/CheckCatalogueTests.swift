import Attestation
import Foundation
import TestSupport
import Testing

@Suite("Catalogue of checks")
struct CheckCatalogueTests {
    @Test func `every check has one name, a meaning, and a remedy that is a sentence`() {
        let entries = CheckCatalogue.shared.entries
        #expect(Set(entries.map(\.id)).count == entries.count)
        for entry in entries {
            #expect(entry.id.wholeMatch(of: /[a-z0-9-]+(\.[a-z0-9-]+)+/) != nil, "\(entry.id)")
            for text in [entry.explanation.meaning, entry.explanation.remedy] {
                #expect(text.last == ".", "\(entry.id): \(text)")
                #expect(text.count > 15, "\(entry.id): \(text)")
                #expect(text.first?.isUppercase == true, "\(entry.id): \(text)")
            }
        }
    }

    /// Detects an enumeration of checks that the catalogue does not list.
    @Test func `every list of checks in the sources is in the catalogue`() throws {
        let sources = ProjectFolder.root.appending(path: "Sources/Trust/Attestation").resolvingSymlinksInPath()
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        var names: [String] = []
        for case let url as URL in files where url.pathExtension == "swift" {
            let text = try String(contentsOf: url, encoding: .utf8)
            guard text.contains(/enum \w+: String, Check/) else { continue }
            names += text.matches(of: /case \w+ = "([a-z0-9.-]+)"/).map { String($0.1) }
        }
        #expect(names.count > 100)
        #expect(Set(names) == Set(CheckCatalogue.shared.entries.map(\.id)))
    }

    @Test func `a finding carries its explanation, also to a program`() throws {
        let finding = Finding(PolicyCheck.tcbLow, subject: "snp", fields: ["microcode"], expected: "at least 3")
        let json = try JSONSerialization.jsonObject(with: JSONEncoder().encode(finding)) as? [String: Any]
        #expect(json?["id"] as? String == "policy.tcb-low")
        #expect(json?["whoMustAct"] as? String == "host operator")
        #expect(json?["remedy"] as? String == PolicyCheck.tcbLow.explanation.remedy)
        #expect(finding.description == "snp microcode; expected at least 3 (policy.tcb-low)")
    }

    @Test func `what evidence says reaches no terminal as it is`() {
        let hostile = "\u{1B}[2J\n\u{202E}" + String(repeating: "x", count: 300)
        let finding = Finding(NitroCheck.fieldUnknown, subject: "document", fields: [hostile], found: hostile)
        #expect(finding.found == "?[2J??" + String(repeating: "x", count: 194))
        #expect(finding.naming("a\tb").fields.last == "a?b")
    }
}
