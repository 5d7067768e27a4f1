import GuestInterface
import PackageManifest
import RootFileSystem

/// The kernel's initial file system (initramfs): process 1, the modules that it loads, and the launch plan only.
enum InitialFileSystem {
    /// The maximum size in bytes; a larger one would cost memory and start time in every machine.
    static let largestSize = 16 << 20

    /// Creates the initial file system from its two segments.
    ///
    /// The first is the same for all packages of one distribution; the second contains the plan.
    ///
    /// - Parameters:
    ///   - initProgram: Process 1.
    ///   - modules: The plan's modules.
    ///   - plan: The launch plan for process 1.
    /// - Returns: Two concatenated, uncompressed "newc" archives.
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

    /// Extracts the launch plan that the guest will read, from the measured bytes.
    ///
    /// - Parameter bytes: A package's verified initial file system.
    /// - Returns: The plan; nil where the last segment is not exactly one that `make` writes.
    static func plan(in bytes: [UInt8]) -> LaunchPlan? {
        // A plan contains no NUL, so the last match is the name of the plan's file.
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

    /// The end of a plan's text, after the line feed of its last line.
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
