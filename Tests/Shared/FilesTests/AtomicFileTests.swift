import Files
import Foundation
import TestSupport
import Testing

@Suite struct AtomicFileTests {
    private let folder: TemporaryFolder
    private var path: String { folder.url.appending(path: "name").path }

    init() throws { folder = try TemporaryFolder() }

    private func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder.url.path) }

    @Test func `appears with its whole content and nothing beside it`() throws {
        let file = try AtomicFile<FileError>(path, replacing: false, permissions: 0o600)
        try file.file.write([1, 2, 3])
        #expect(try names().count == 1 && !FileManager.default.fileExists(atPath: path))
        try file.commit()
        #expect(try names() == ["name"] && Data(contentsOf: URL(filePath: path)) == Data([1, 2, 3]))
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test func `leaves nothing behind without a commit`() throws {
        do {
            let file = try AtomicFile<FileError>(path, replacing: true)
            try file.file.write([1])
        }
        #expect(try names().isEmpty)
    }

    @Test func `replaces a file only if it is told to`() throws {
        let early = try AtomicFile<FileError>(path, replacing: false)
        try Data("old".utf8).write(to: URL(filePath: path))
        #expect(throws: FileError.self) { try AtomicFile<FileError>(path, replacing: false) }
        let late = #expect(throws: FileError.self) { try early.commit() }
        #expect(late?.code == .exists)
        let other = try AtomicFile<FileError>(path, replacing: true)
        try other.file.write(Array("new".utf8))
        try other.commit()
        #expect(try Data(contentsOf: URL(filePath: path)) == Data("new".utf8))
    }

    @Test func `refuses a folder that is missing, and a path without a name`() throws {
        let missing = #expect(throws: FileError.self) { try AtomicFile<FileError>("\(path)/a", replacing: true) }
        #expect(missing?.code == .missing)
        #expect(throws: FileError.self) { try AtomicFile<FileError>("/", replacing: true) }
    }
}
