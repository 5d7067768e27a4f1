import Files
import Foundation
import Glibc

/// An app directory for one program: the program, the libraries that it loads, what is added, and nothing else.
///
/// The system's libraries go where the dynamic linker finds them without a list; others go beside each other in the
/// folder `lib` next to the program's own. At the end every name is looked up again inside the directory alone.
package struct AppBundle {
    /// What goes in.
    package struct Contents: Sendable {
        /// The program on this system, and its absolute path in the directory.
        package var program: (source: String, target: String)
        /// Libraries that the program opens while it runs, which no header names.
        package var libraries: [String] = []
        /// Files and trees, and the absolute path of each in the directory.
        package var additions: [(source: String, target: String)] = []
        /// Where libraries are looked for before the system's own folders.
        package var libraryFolders: [String] = []
        /// Whether programs and libraries lose what only a debugger reads.
        package var isStripped = true

        /// A bundle of one program alone.
        ///
        /// - Parameters:
        ///   - source: The program on this system.
        ///   - target: Its absolute path in the directory.
        package init(program source: String, at target: String) {
            program = (source, target)
        }
    }

    /// Folders that the kernel's views and memory are mounted on.
    private static let mountPoints = ["dev", "proc", "sys", "run", "tmp", "etc", "var"]
    private static let texts = [
        ("etc/passwd", "root:x:0:0:root:/:/nonexistent\nadyton:x:1000:1000:adyton:/:/nonexistent\n"),
        ("etc/group", "root:x:0:\nadyton:x:1000:\n"), ("etc/hosts", "127.0.0.1 localhost\n::1 localhost\n"),
        ("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"), ("etc/resolv.conf", ""),
    ]

    private let folder: String
    private let contents: Contents
    /// The ELF files of the directory, by path.
    private var placed: [String: ElfFile] = [:]
    /// The system folder that the linker searches: the one where it found the C library.
    private var systemFolder = "/lib"

    /// Makes the directory.
    ///
    /// - Parameters:
    ///   - contents: What goes in.
    ///   - folder: The folder to create; an existing one must be empty, unless it is replaced.
    ///   - replacing: Whether anything of that name is replaced by the finished folder.
    /// - Returns: The paths of programs and libraries, sorted.
    /// - Throws: `file.*`; `bundle.library-missing` with the name that no folder has, `bundle.library-unreachable` with
    ///   one that the directory holds where the linker does not look, `bundle.elf-invalid`, `bundle.strip-failed`,
    ///   `tree.path-unsafe`, `tree.destination-in-use`. Nothing is left behind then.
    package static func make(
        _ contents: Contents,
        in folder: String,
        replacing: Bool = false
    ) throws(BundleError) -> [String] {
        let output = try AtomicFolder<BundleError>(folder, replacing: replacing, permissions: BundleFiles.folderMode)
        guard fchmod(output.folder.number, BundleFiles.folderMode) == 0 else {
            throw BundleError.system(.unwritable, folder)
        }
        var bundle = AppBundle(folder: output.path, contents: contents)
        try bundle.fill()
        try bundle.check()
        try output.commit()
        return bundle.placed.keys.sorted()
    }

    private init(folder: String, contents: Contents) {
        self.folder = folder
        self.contents = contents
    }

    private mutating func fill() throws(BundleError) {
        for name in Self.mountPoints {
            try BundleFiles.makeFolders("\(folder)/\(name)")
        }
        for (name, text) in Self.texts {
            try BundleFiles.write(text, to: "\(folder)/\(name)")
        }
        let search = LibrarySearch(callersFolders: contents.libraryFolders)
        var waiting = [contents.program]
        let libraryFolder = Self.libraryFolder(of: contents.program.target)
        for library in contents.libraries {
            waiting.append((library, "\(libraryFolder)/\(PathParts(library).name)"))
        }
        while let (source, target) = waiting.popLast() {
            guard placed[target] == nil else { continue }
            guard let file = try ElfFile.read(source) else {
                throw BundleError(.elfInvalid, subject: source, expected: "a program or a library")
            }
            placed[target] = file
            try BundleFiles.copy(source, to: folder + Self.safe(target), stripped: contents.isStripped)
            if let interpreter = file.interpreter { waiting.append((interpreter, interpreter)) }
            for name in file.needed {
                guard let place = try search.find(name, for: (file, source)) else {
                    throw BundleError(
                        .libraryMissing,
                        subject: name,
                        expected: "a library that \(source) loads, in one of the linker's folders"
                    )
                }
                if name.hasPrefix("libc.so") { systemFolder = PathParts(place.path).folder }
                waiting.append((place.path, place.isSystem ? place.path : "\(libraryFolder)/\(name)"))
            }
        }
        for (source, target) in contents.additions {
            try BundleFiles.copyTree(source, to: folder + Self.safe(target))
        }
    }

    /// Looks every name up again, as the linker will do it in the machine.
    private func check() throws(BundleError) {
        let search = LibrarySearch(root: folder, systemFolder: systemFolder)
        for (path, file) in placed {
            for name in file.needed {
                guard try search.find(name, for: (file, path)) == nil, !isLoadedByName(name) else { continue }
                throw BundleError(
                    .libraryUnreachable,
                    subject: name,
                    expected: "in \(systemFolder), or in a folder that \(path) names as its run path"
                )
            }
        }
    }

    /// Whether it is the dynamic linker itself, which is loaded before anything asks for it.
    private func isLoadedByName(_ name: String) -> Bool {
        placed.values.contains { $0.interpreter?.hasSuffix("/" + name) == true }
    }

    private static func libraryFolder(of program: String) -> String {
        let folder = PathParts(PathParts(program).folder).folder
        return folder == "/" ? "/lib" : folder + "/lib"
    }

    private static func safe(_ target: String) throws(BundleError) -> String {
        guard target.hasPrefix("/"), !target.split(separator: "/").contains("..") else {
            throw BundleError(.pathUnsafe, subject: target, expected: "an absolute path without ..")
        }
        return target
    }
}
