import GuestInterface
import PackageManifest
import RootFileSystem

/// The kernel's initial file system: process 1, the modules that it loads, and the launch plan; no other file.
enum InitialFileSystem {
    /// More would cost memory and start time in every machine.
    static let largestSize = 16 << 20

    /// Puts the two segments together.
    ///
    /// The first is the same for all packages of one distribution, the second holds the plan.
    ///
    /// - Parameters:
    ///   - initProgram: Process 1.
    ///   - modules: The plan's modules.
    ///   - plan: What process 1 reads.
    /// - Returns: Two "newc" archives, one behind the other, uncompressed.
    /// - Throws: `package.part-too-large`.
    static func make(
        initProgram: [UInt8],
        modules: [KernelModule.File],
        plan: LaunchPlan
    ) throws(PackageError) -> [UInt8] {
        var first = MemoryArchive()
        let folder = String(LaunchPlan.modulesFolder.dropFirst())
        let parent = String(folder.prefix { $0 != "/" })
        first.addFolder(parent)
        first.addFolder(folder)
        for module in modules.sorted(by: { $0.name < $1.name }) {
            first.addFile("\(folder)/\(module.name)", module.bytes)
        }
        first.addFile("init", initProgram, permissions: 0o555)
        let bytes = first.bytes + segment(of: plan)
        guard bytes.count <= largestSize else {
            throw PackageError(
                .partTooLarge,
                subject: "\(Manifest.PartName.initialFileSystem), with process 1 of \(initProgram.count) bytes",
                expected: "at most \(largestSize) bytes; a release build of adyton-init, stripped, is small",
                found: "\(bytes.count)"
            )
        }
        return bytes
    }

    /// The launch plan that a guest will read: out of the bytes that are measured.
    ///
    /// - Parameter bytes: A package's initial file system, verified.
    /// - Returns: nil where its last segment is not exactly one that `make` writes.
    static func plan(in bytes: [UInt8]) -> LaunchPlan? {
        // No plan has a NUL, so the last such name is that of the plan's own file.
        let name = Array(LaunchPlan.path.dropFirst().utf8) + [0]
        guard var start = lastPlace(of: name, in: bytes) else { return nil }
        start += name.count
        let content = bytes[start...].drop { $0 == 0 }
        let text = String(decoding: content[..<endOfText(content)], as: UTF8.self)
        guard let plan = LaunchPlan.read(text) else { return nil }
        let segment = segment(of: plan)
        return bytes.suffix(segment.count).elementsEqual(segment) ? plan : nil
    }

    private static func segment(of plan: LaunchPlan) -> [UInt8] {
        var archive = MemoryArchive()
        archive.addFile(String(LaunchPlan.path.dropFirst()), Array(plan.text.utf8))
        return archive.bytes
    }

    /// Where a plan's text ends: behind the line feed of its last line.
    private static func endOfText(_ content: ArraySlice<UInt8>) -> Int {
        let footer = Array("\n\(LaunchPlan.footer)\n".utf8)
        var place = content.startIndex
        while place + footer.count <= content.endIndex {
            if content[place..<place + footer.count].elementsEqual(footer) { return place + footer.count }
            place += 1
        }
        return content.endIndex
    }

    private static func lastPlace(of pattern: [UInt8], in bytes: [UInt8]) -> Int? {
        var place = bytes.count - pattern.count
        while place >= 0 {
            if bytes[place] == pattern[0], bytes[place..<place + pattern.count].elementsEqual(pattern) { return place }
            place -= 1
        }
        return nil
    }
}
