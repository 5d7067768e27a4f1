import ApplicationBundle
import Foundation
import TestSupport
import Testing

/// A system of small ELF files that bundles are made from.
private struct SampleSystem {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    func url(_ path: String) -> URL { folder.url.appending(path: path) }
    var result: URL { url("result") }

    /// The name of a library that no system has.
    static func library(_ name: String) -> String { "libadyton-test-\(name).so" }

    @discardableResult
    func bundle(
        at target: String = "/app/bin/app",
        libraryFolders: [String] = [],
        libraries: [String] = [],
        additions: [(source: String, target: String)] = []
    ) throws -> [String] {
        var contents = AppBundle.Contents(program: url("bin/app").path, at: target)
        contents.libraryFolders = libraryFolders.map { url($0).path }
        contents.libraries = libraries.map { url($0).path }
        contents.additions = additions.map { (url($0.source).path, $0.target) }
        contents.isStripped = false
        return try AppBundle.make(contents, in: result.path)
    }

    func error(_ body: () throws -> [String]) throws -> BundleError? {
        do {
            _ = try body()
            return nil
        } catch let error as BundleError {
            return error
        }
    }
}

@Suite struct AppBundleTests {
    private static let a = SampleSystem.library("a")
    private static let b = SampleSystem.library("b")

    @Test func `libraries that load each other are placed once, beside the program`() throws {
        let system = try SampleSystem()
        try SampleElf(needed: [Self.a], runPath: "$ORIGIN/../lib").write(to: system.url("bin/app"))
        try SampleElf(needed: [Self.b], runPath: "${ORIGIN}").write(to: system.url("lib/\(Self.a)"))
        try SampleElf(needed: [Self.a, Self.b], runPath: "$ORIGIN/.").write(to: system.url("lib/\(Self.b)"))
        let paths = try system.bundle()
        #expect(paths == ["/app/bin/app", "/app/lib/\(Self.a)", "/app/lib/\(Self.b)"])
        for path in paths {
            #expect(FileManager.default.fileExists(atPath: system.result.path + path))
        }
        for name in ["dev", "proc", "sys", "run", "tmp", "etc/passwd"] {
            #expect(FileManager.default.fileExists(atPath: system.result.appending(path: name).path))
        }
    }

    @Test(arguments: [true, false])
    func `the older run path stands before the caller's folders, the newer behind them`(isOlder: Bool) throws {
        let system = try SampleSystem()
        var program = SampleElf(needed: [Self.a])
        if isOlder { program.olderRunPath = "$ORIGIN/../lib" } else { program.runPath = "$ORIGIN/../lib" }
        try program.write(to: system.url("bin/app"))
        try SampleElf(interpreter: nil, runPath: "/own").write(to: system.url("lib/\(Self.a)"))
        try SampleElf(interpreter: nil, runPath: "/callers").write(to: system.url("callers/\(Self.a)"))
        try system.bundle(libraryFolders: ["callers"])
        let placed = try ElfFile.read(system.result.path + "/app/lib/\(Self.a)")
        #expect(placed?.runPath == [isOlder ? "/own" : "/callers"])
    }

    @Test func `a library for another machine is passed over`() throws {
        let system = try SampleSystem()
        try SampleElf(needed: [Self.a], runPath: "$ORIGIN/../other:$ORIGIN/../lib").write(to: system.url("bin/app"))
        try SampleElf(machine: 183).write(to: system.url("other/\(Self.a)"))
        try SampleElf().write(to: system.url("lib/\(Self.a)"))
        try system.bundle()
        #expect(try ElfFile.read(system.result.path + "/app/lib/\(Self.a)")?.machine == 62)
    }

    @Test func `a library that no folder has is named, with what asks for it`() throws {
        let system = try SampleSystem()
        try SampleElf(needed: [Self.a], runPath: "$ORIGIN/../lib").write(to: system.url("bin/app"))
        try SampleElf(needed: [Self.b]).write(to: system.url("lib/\(Self.a)"))
        let error = try system.error { try system.bundle() }
        #expect(error?.code == .libraryMissing)
        #expect(error?.subject == Self.b)
        #expect(error?.expected?.contains(Self.a) == true)
    }

    @Test func `a library that the linker would not find in there is refused`() throws {
        let system = try SampleSystem()
        try SampleElf(needed: [Self.a]).write(to: system.url("bin/app"))
        try SampleElf().write(to: system.url("callers/\(Self.a)"))
        let error = try system.error { try system.bundle(libraryFolders: ["callers"]) }
        #expect(error?.code == .libraryUnreachable)
        #expect(error?.subject == Self.a)
    }

    @Test func `what the program opens by itself and what is added lie where they were put`() throws {
        let system = try SampleSystem()
        try SampleElf().write(to: system.url("bin/app"))
        try SampleElf(needed: [Self.b], runPath: "$ORIGIN").write(to: system.url("lib/\(Self.a)"))
        try SampleElf().write(to: system.url("lib/\(Self.b)"))
        try FileManager.default.createDirectory(at: system.url("data/below"), withIntermediateDirectories: true)
        try Data("text".utf8).write(to: system.url("data/below/file"))
        try FileManager.default.createSymbolicLink(
            atPath: system.url("data/link").path,
            withDestinationPath: "below/file"
        )
        let paths = try system.bundle(libraries: ["lib/\(Self.a)"], additions: [("data", "/app/data")])
        #expect(paths == ["/app/bin/app", "/app/lib/\(Self.a)", "/app/lib/\(Self.b)"])
        #expect(try String(contentsOf: system.result.appending(path: "app/data/link"), encoding: .utf8) == "text")
    }

    @Test func `a path that leads out, a folder that is there and a program that is none are refused`() throws {
        let system = try SampleSystem()
        try SampleElf(interpreter: "/lib/../../ld.so").write(to: system.url("bin/app"))
        #expect(try system.error { try system.bundle(at: "/app/../../app") }?.code == .pathUnsafe)
        #expect(!FileManager.default.fileExists(atPath: system.result.path))
        try FileManager.default.createDirectory(
            at: system.result.appending(path: "mine"),
            withIntermediateDirectories: true
        )
        #expect(try system.error { try system.bundle() }?.code == .destinationInUse)
        try FileManager.default.removeItem(at: system.result)
        // The interpreter is one of the files that are looked for first.
        #expect(try system.error { try system.bundle() } != nil)
        try Data("#!/bin/sh\n".utf8).write(to: system.url("bin/app"))
        #expect(try system.error { try system.bundle() }?.code == .elfInvalid)
    }
}
