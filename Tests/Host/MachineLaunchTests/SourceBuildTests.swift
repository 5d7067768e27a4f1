import EnclavePackage
import Foundation
import Installation
import MachineLaunch
import ProgramComparison
import TestSupport
import Testing

/// A git repository in the project's form, whose build is a script of a few lines.
private struct SampleSource {
    let folder: TemporaryFolder
    var clone: URL { folder.url.appending(path: "clone") }

    init(_ build: String = Self.build) async throws {
        folder = try TemporaryFolder()
        try FileManager.default.createDirectory(
            at: clone.appending(path: "Scripts"),
            withIntermediateDirectories: true
        )
        try await commit(build)
    }

    /// Writes what `Scripts/build-guest.sh all` writes; the last program only where set-up's libraries are there.
    static let build = """
        set -eu
        [ "$1" = all ] && [ -z "${ADYTON_BUILD:-}" ]
        mkdir -p "$2" .build/release
        for name in init gateway adyton-server libAdytonTorch.so; do printf 'program %s' "$name" >"$2/$name"; done
        for name in adyton-init adyton-gateway adyton-server libAdytonTorch.so; do echo >".build/release/$name"; done
        cat .deps/library >/dev/null
        echo built
        """

    func commit(_ build: String) async throws {
        try Data(build.utf8).write(to: clone.appending(path: "Scripts/build-guest.sh"))
        let deps = clone.appending(path: ".deps")
        try FileManager.default.createDirectory(at: deps, withIntermediateDirectories: true)
        try Data().write(to: deps.appending(path: "library"))
        try await Shell.run(
            """
            cd \(clone.path); export HOME=/nonexistent
            git init --quiet; git add Scripts
            git -c user.name=a -c user.email=a@b commit --quiet -m build
            """
        )
    }

    func built() async throws -> SourceBuild {
        let work = folder.url.appending(path: "work-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: work, withIntermediateDirectories: true)
        return try await SourceBuild(of: clone.path, in: work)
    }

    func error() async -> SourceBuildError.Code? {
        do {
            _ = try await built()
            return nil
        } catch {
            return (error as? SourceBuildError)?.code
        }
    }
}

@Suite(.enabled(if: OutsideTool(named: "git") != nil || OutsideTool.isRequired, "git is missing"))
struct SourceBuildTests {
    @Test func `only what was committed is built, with the libraries that set-up brought`() async throws {
        let source = try await SampleSource()
        try Data("exit 1".utf8).write(to: source.clone.appending(path: "Scripts/build-guest.sh"))
        let build = try await source.built()
        let head = try await Shell.run("git -C \(source.clone.path) rev-parse HEAD")
        #expect(head == build.commit + "\n")
        #expect(try build.content(of: .gateway).program == Array("program gateway".utf8))
        #expect(try build.content(of: .initProgram).symbols == [10])
    }

    @Test func `a folder that is no clone, and a build that fails, are refused`() async throws {
        let folder = try TemporaryFolder()
        await #expect(throws: SourceBuildError.self) { try await SourceBuild(of: "/proc/none", in: folder.url) }
        #expect(try await SampleSource("exit 3").error() == .buildFailed)
        let source = try await SampleSource()
        try FileManager.default.removeItem(at: source.clone.appending(path: ".git"))
        #expect(await source.error() == .cloneInvalid)
        let incomplete = try await SampleSource("mkdir -p $2")
        let build = try await incomplete.built()
        #expect(throws: SourceBuildError.self) { try build.content(of: .server) }
        withExtendedLifetime(incomplete) {}
    }

    @Test func `the programs of an installation are compared with a build`() async throws {
        let source = try await SampleSource()
        let build = try await source.built()
        let share = source.folder.url.appending(path: "share")
        try FileManager.default.createDirectory(
            at: share.appending(path: "guest"),
            withIntermediateDirectories: true
        )
        let locator = PartLocator(executable: "/nowhere/bin/adyton", namedFolder: share.path)
        #expect(throws: SourceBuildError.self) { try SourceComparison(of: locator, with: build) }
        try Data("program init".utf8).write(to: share.appending(path: "guest/adyton-init"))
        let same = try SourceComparison(of: locator, with: build)
        #expect(same.isSame && same.programs.map(\.program) == [.initProgram])
        try Data("program gateweg".utf8).write(to: share.appending(path: "guest/adyton-gateway"))
        let other = try SourceComparison(of: locator, with: build)
        #expect(!other.isSame && other.programs.map(\.program) == [.initProgram, .gateway])
        #expect(other.programs.last?.difference?.text == "byte 13")
    }

    @Test(.enabled(if: SampleRoot.isReady, "run Scripts/setup.sh run"))
    func `the programs of a package are compared with a build`() async throws {
        let root = try SampleRoot()
        let sameInit = #"printf '\177ELF\2\1\1\0' >"$2/init""#
        let source = try await SampleSource(SampleSource.build + "\n" + sameInit)
        let build = try await source.built()
        let package = try await root.package()
        let comparison = try SourceComparison(of: package, with: build)
        #expect(comparison.isSame && comparison.programs.map(\.program) == [.initProgram])
        #expect(comparison.programs.first?.given == comparison.programs.first?.rebuilt)
        withExtendedLifetime(source) {}
    }
}
