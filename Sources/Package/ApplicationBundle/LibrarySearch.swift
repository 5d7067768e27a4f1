import Files
import Glibc

/// Finds libraries as the dynamic linker does (ld.so(8)), in this system or in a tree that is another system's root.
struct LibrarySearch {
    /// The folders that the linker knows without a list; which of them are compiled in differs between distributions.
    private static let usual = [
        "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/lib", "/usr/lib",
    ]

    /// The prefix of every path; empty for this system.
    let root: String
    /// The folders of LD_LIBRARY_PATH.
    let callersFolders: [String]
    /// The folders that the system lists and those it knows.
    let systemFolders: [String]

    /// A search of this system.
    init(callersFolders: [String]) {
        root = ""
        self.callersFolders = callersFolders
        systemFolders = Self.usual + Self.listed("/etc/ld.so.conf", depth: 0)
    }

    /// A search of a tree without lists, in which the linker has what is compiled in.
    init(root: String, systemFolder: String) {
        self.root = root
        callersFolders = []
        systemFolders = [systemFolder]
    }

    /// Where a library is.
    struct Place {
        /// Its path, without the root.
        let path: String
        /// Whether it is one of the system's own, or named by its path: it gets the same path in a directory.
        let isSystem: Bool
    }

    /// Finds a library that an ELF file asks for.
    ///
    /// - Parameters:
    ///   - name: The library's name as it is asked for.
    ///   - asker: The file that asks, and its path.
    /// - Returns: nil where no folder has it for the same kind of machine.
    /// - Throws: `bundle.elf-invalid`.
    func find(_ name: String, for asker: (file: ElfFile, path: String)) throws(BundleError) -> Place? {
        if name.contains("/") {
            // The linker takes an absolute path unchanged, so the library keeps its path.
            return try fits(name, asker.file) ? Place(path: name, isSystem: name.hasPrefix("/")) : nil
        }
        let origin = PathParts(asker.path).folder
        let own = asker.file.runPath.map { Self.expand($0, origin: origin) }
        let folders = asker.file.isRunPathFirst ? own + callersFolders : callersFolders + own
        for folder in folders where try fits("\(folder)/\(name)", asker.file) {
            return Place(path: "\(folder)/\(name)", isSystem: systemFolders.contains(folder))
        }
        for folder in systemFolders where try fits("\(folder)/\(name)", asker.file) {
            return Place(path: "\(folder)/\(name)", isSystem: true)
        }
        return nil
    }

    private func fits(_ path: String, _ asker: ElfFile) throws(BundleError) -> Bool {
        // Safe: the path is a string of our own.
        guard unsafe access(root + path, R_OK) == 0 else { return false }
        return try ElfFile.read(root + path)?.machine == asker.machine
    }

    private static func expand(_ folder: String, origin: String) -> String {
        for variable in ["$ORIGIN", "${ORIGIN}"] where folder.hasPrefix(variable) {
            return normal(origin + folder.dropFirst(variable.count))
        }
        return normal(folder)
    }

    /// The path without `.` and `..`.
    private static func normal(_ path: String) -> String {
        var names: [Substring] = []
        for name in path.split(separator: "/") where name != "." {
            if name == ".." { _ = names.popLast() } else { names.append(name) }
        }
        return "/" + names.joined(separator: "/")
    }

    /// The folders that a list names, and the lists that it includes.
    private static func listed(_ path: String, depth: Int) -> [String] {
        guard depth < 4, let file = try? OpenFile<BundleError>(opening: path) else { return [] }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        guard let count = try? file.read(into: &bytes, count: bytes.count, at: 0) else { return [] }
        var folders: [String] = []
        for line in String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n") {
            let words = line.prefix { $0 != "#" }.split { $0 == " " || $0 == "\t" }
            if words.first == "include" {
                for pattern in words.dropFirst() {
                    folders += matches(of: String(pattern)).flatMap { listed($0, depth: depth + 1) }
                }
            } else if let folder = words.first, folder.hasPrefix("/") {
                folders.append(normal(String(folder)))
            }
        }
        return folders
    }

    private static func matches(of pattern: String) -> [String] {
        var found = unsafe glob_t()
        // Safe: the structure is ours, and freed after its paths were copied.
        defer { unsafe globfree(&found) }
        guard unsafe glob(pattern, 0, nil, &found) == 0 else { return [] }
        return unsafe (0..<Int(found.gl_pathc)).compactMap { index in
            unsafe found.gl_pathv[index].map { unsafe String(cString: $0) }
        }
    }
}
