import Files
import Foundation
import TestSupport
import Testing

@Suite struct AtomicFolderTests {
    @Test func `gives a folder its name at the end, and removes it otherwise`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.url.appending(path: "out").path
        do {
            let output = try AtomicFolder<FileError>(path, replacing: false)
            try Data("x".utf8).write(to: URL(filePath: output.path).appending(path: "file"))
            #expect(!FileManager.default.fileExists(atPath: path))
            try output.commit()
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: path) == ["file"])
        do {
            let output = try AtomicFolder<FileError>(path + "2", replacing: false)
            // Deeper than any process may have open files, and closed to its own owner.
            try await Shell.run(
                """
                cd \(output.path); for i in $(seq 1200); do mkdir d && cd d; done; cd \(output.path)
                mkdir -p shut/in && : > shut/in/file && ln -s / link && chmod 0 shut/in && chmod 500 shut
                """
            )
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["out"])
    }

    @Test(arguments: ["file", "full", "link", "dangling"])
    func `refuses what exists unless it is an empty folder or to be replaced`(kind: String) async throws {
        let folder = try TemporaryFolder()
        let path = folder.url.appending(path: kind).path
        try await Shell.run(
            "cd \(folder.url.path); : > file; mkdir -p full/sub empty; ln -s empty link; ln -s none dangling"
        )
        let error = #expect(throws: FileError.self) { _ = try AtomicFolder<FileError>(path, replacing: false) }
        #expect(error?.code == .destinationInUse && error?.expected?.contains("--force") == true)
        try AtomicFolder<FileError>(path, replacing: true).commit()
        #expect(try FileManager.default.contentsOfDirectory(atPath: path).isEmpty)
        try AtomicFolder<FileError>(folder.url.appending(path: "empty").path, replacing: false).commit()
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
        #expect(left.sorted() == ["dangling", "empty", "file", "full", "link"])
    }
}
