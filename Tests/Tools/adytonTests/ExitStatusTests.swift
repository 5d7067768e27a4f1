import ArgumentParser
import Diagnostics
import Foundation
import TestSupport
import Testing

@testable import adyton

/// Swift Testing has a type of the same name.
typealias Status = Diagnostics.ExitStatus

@Suite struct ExitStatusTests {
    /// A coded error of no module.
    private struct Failure: CodedError {
        enum Code: String, Sendable {
            case missing = "file.missing"
            case unsealed = "root.unsealed"
        }

        let code: Code
        let subject = "a file"
        let expected: String? = nil
        let found: String? = nil
    }

    @Test(arguments: [
        ("file.missing", Status.noInput), ("file.exists", .systemError), ("ext2.truncated", .dataError),
        ("machine.port-taken", .systemError), ("machine.name-unknown", .unavailable), ("launch.port-not-named", .usage),
        ("client.timed-out", .unavailable), ("client.address-invalid", .usage), ("sandbox.mount", .sandboxFailure),
        ("sandbox.port", .systemError), ("vendor-service.busy", .unavailable), ("no-family", .dataError),
    ])
    func `a code has one status`(code: String, status: Status) {
        #expect(Status(code: code) == status)
    }

    @Test func `an error ends with its code's status, and another with 71`() {
        #expect(Status(Failure(code: .missing)) == .noInput)
        #expect(Status(Failure(code: .unsealed)) == .dataError)
        #expect(Status(Status.outputError) == .outputError)
        #expect(Status(CocoaError(.fileNoSuchFile)) == .systemError)
    }

    @Test func `a message ends with its code once`() throws {
        let failure = CommandFailure(Failure(code: .missing))
        let text = try #require(failure.text(of: Adyton.self, named: "dump"))
        #expect(text == "adyton dump: a file (file.missing)")
        #expect(failure.status == 66)
        #expect(CommandFailure(ExitCode(7)).text(of: Adyton.self, named: "run") == nil)
        #expect(CommandFailure(ExitCode(7)).status == 7)
    }

    @Test func `a wrong command line is answered with the command's own usage`() throws {
        let failure = CommandFailure(ValidationError("no such path"))
        let text = try #require(failure.text(of: ListExt2Command.self, named: "lsext2"))
        #expect(text.hasPrefix("Error: no such path\nUsage: adyton lsext2 "), "\(text)")
        #expect(text.hasSuffix("\n  See 'adyton lsext2 --help' for more information."))
        #expect(failure.status == 64)
    }

    @Test func `a command knows the words that call it`() throws {
        #expect(
            try CommandRunner(Adyton.parseAsRoot(["policy", "check", "p", "--evidence", "e"])).name == "policy check"
        )
        #expect(try CommandRunner(Adyton.parseAsRoot(["ps"])).name == "ps")
    }

    /// The rows of the page's table: a status, then its codes in backticks.
    private static func documented() throws -> [String: Int32] {
        let page = try String(contentsOf: ProjectFolder.root.appending(path: "Docs/exit-codes.md"), encoding: .utf8)
        let section = try #require(page.range(of: "## Commands"))
        var table: [String: Int32] = [:]
        for line in page[section.upperBound...].split(separator: "\n") where line.hasPrefix("| ") {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 3, let status = Int32(cells[0]) else { continue }
            let codes = cells[2].split(separator: "`").enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
            for code in codes where code.contains(".") { table[String(code)] = status }
        }
        return table
    }

    @Test func `the page lists the table`() throws {
        #expect(try Self.documented() == Status.table.mapValues(\.rawValue))
    }

    @Test func `every code of the table is one that the sources know`() throws {
        let sources = ProjectFolder.root.appending(path: "Sources")
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        var text = ""
        for case let url as URL in files
        where url.pathExtension == "swift" && url.lastPathComponent != "ExitStatus.swift" {
            text += try String(contentsOf: url, encoding: .utf8)
        }
        for code in Status.table.keys {
            let name = code.hasSuffix(".*") ? "\"\(code.dropLast())" : "\"\(code)\""
            #expect(text.contains(name), "\(code)")
        }
    }
}
