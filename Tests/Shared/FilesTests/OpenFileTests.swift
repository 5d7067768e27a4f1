import Files
import Foundation
import Glibc
import TestSupport
import Testing

@Suite struct OpenFileTests {
    private typealias File = OpenFile<FileError>

    @Test func `reads what was written, at an offset and from its position`() throws {
        let file = try File(inMemory: "test")
        try file.write(Array("hello ".utf8))
        try file.write(Array("world".utf8)[...], at: 6)
        #expect(try file.size() == 11 && file.readAll(atMost: 100) == Array("hello world".utf8))
        #expect(try file.readAll(atMost: 4) == Array("hell".utf8))
        var buffer = [UInt8](repeating: 0x2e, count: 8)
        #expect(try file.read(into: &buffer, from: 2, count: 6, at: 8) == 3)
        #expect(buffer == Array("..rld...".utf8))
        // The position stands where the write without an offset ended.
        #expect(try file.read(upToCount: 3) == Array("wor".utf8) && file.read(upToCount: 3) == Array("ld".utf8))
    }

    @Test func `gives another module the same open file, which lives as long as either`() throws {
        struct OtherError: FileFailure, Equatable {
            let code: String
            init(_ error: FileError) { code = "other:\(error.code.rawValue)" }
        }
        var file: File? = try File(inMemory: "test")
        try file?.write([1, 2, 3])
        let other = OpenFile<OtherError>(sharing: try #require(file))
        #expect(other.number == file?.number)
        file = nil
        #expect(try other.readAll(atMost: 10) == [1, 2, 3])
        #expect(throws: OtherError(FileError(.missing, subject: ""))) {
            try OpenFile<OtherError>(opening: "/nothing/of/this/name")
        }
    }

    @Test func `names what the system refused`() throws {
        let missing = #expect(throws: FileError.self) { try File(opening: "/nothing") }
        #expect(missing?.code == .missing && missing?.subject == "/nothing" && missing?.errorNumber == ENOENT)
        let named = #expect(throws: FileError.self) { try File(opening: "/nothing", name: "the part") }
        #expect(named?.subject == "the part")
        let folder = try File(opening: "/", flags: O_RDONLY | O_DIRECTORY)
        #expect(try folder.entryNames().contains(Array("etc".utf8)))
        var buffer = [UInt8](repeating: 0, count: 1)
        let unreadable = #expect(throws: FileError.self) { _ = try folder.read(into: &buffer, count: 1) }
        #expect(unreadable?.code == .unreadable)
        let full = try File(opening: "/dev/full", flags: O_WRONLY)
        #expect(throws: FileError.self) { try full.write([0]) }
        let sealed = try File(inMemory: "test")
        try sealed.seal()
        #expect(throws: FileError.self) { try sealed.write([0]) }
    }

    @Test(arguments: [
        ("a", ".", "a"), ("/a", "/", "a"), ("a/b", "a", "b"), ("/a/b//", "/a", "b"), ("/", "/", ""), ("", ".", ""),
    ])
    func `splits a path`(path: String, folder: String, name: String) {
        #expect(PathParts(path).folder == folder && PathParts(path).name == name)
    }
}
