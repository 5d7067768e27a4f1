#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Finds the parts of the distribution that a running program needs, wherever the program is installed.
///
/// Every program of ours looks at the same places in the same order: the folder that `ADYTON_SHARE` names; `lib/adyton`
/// and `share/adyton` beside the program's own folder; and, for a program in a build folder, the project of that build.
/// The working folder is not among them: a file that happens to be there must not become part of a package.
package struct PartLocator: Equatable, Sendable {
    /// The variable that names an installation's folder, which is looked at first.
    package static let folderVariable = "ADYTON_SHARE"

    /// The absolute path of the running program, without symbolic links.
    let executable: String
    /// The installation's folder that the environment names.
    let namedFolder: String?

    /// - Parameters:
    ///   - executable: The absolute path of a program, without symbolic links.
    ///   - namedFolder: The value of `ADYTON_SHARE`; empty counts as not set.
    package init(executable: String, namedFolder: String? = nil) {
        self.executable = executable
        self.namedFolder = namedFolder.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The locator of the running program and its environment.
    package static var ofThisProgram: PartLocator {
        PartLocator(executable: executablePath(), namedFolder: variable(folderVariable))
    }

    /// The folder of the program itself.
    package var programFolder: String { Self.path(components.dropLast()) }

    /// The folder above the program's own, such as `/usr` of `/usr/bin/adyton`.
    package var prefix: String { Self.path(components.dropLast().dropLast()) }

    /// The places where a part may be.
    ///
    /// - Parameter part: What is looked for.
    /// - Returns: Paths, in the order in which they are looked at.
    package func places(of part: InstalledPart) -> [String] {
        let installed = [namedFolder, prefix + "/lib/adyton", prefix + "/share/adyton"].compactMap(\.self)
        return installed.map { "\($0)/\(part.path)" } + projects.map { "\($0)/\(part.pathInProject)" }
    }

    /// The first place that has a part.
    ///
    /// - Parameter part: What is looked for.
    /// - Returns: Its path.
    /// - Throws: The places, where none has it.
    package func find(_ part: InstalledPart) throws(MissingPart) -> String {
        let places = places(of: part)
        guard let found = places.first(where: Self.exists) else { throw MissingPart(part: part, places: places) }
        return found
    }

    /// The project whose build folder the program is in, and the project around its package of benchmarks.
    ///
    /// No other folder on the way up: in a folder such as `/tmp`, any user may create `.deps`.
    private var projects: [String] {
        guard let build = components.firstIndex(of: ".build") else { return [] }
        let package = components[..<build]
        let around = package.last == "Benchmarks" ? [package.dropLast()] : []
        return ([package] + around).filter { !$0.isEmpty }.map(Self.path)
    }

    private var components: [Substring] { executable.split(separator: "/") }

    private static func path(_ components: some Collection<Substring>) -> String {
        components.map { "/" + $0 }.joined()
    }

    /// Whether there is a file or a folder at a path.
    package static func exists(_ path: String) -> Bool {
        // Safe: the path is a Swift string, passed as a C string for the length of the call.
        unsafe access(path, F_OK) == 0
    }

    /// The value of an environment variable, or nil.
    package static func variable(_ name: String) -> String? {
        // Safe: the value is copied at once; this program sets variables only before `main`.
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }

    private static func executablePath() -> String {
        let capacity = Int(PATH_MAX)
        return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { buffer in
            guard let start = buffer.baseAddress else { preconditionFailure("the buffer has a size") }
            // Safe: readlink writes at most `capacity` bytes into the buffer and says how many.
            let count = unsafe readlink("/proc/self/exe", start, capacity)
            let path = unsafe UnsafeRawBufferPointer(start: start, count: max(0, count))
            return unsafe String(decoding: path, as: UTF8.self)
        }
    }
}

/// A part that is at none of its places.
package struct MissingPart: Error, Equatable {
    /// What was looked for.
    package let part: InstalledPart
    /// Where, in order.
    package let places: [String]

    /// - Parameters:
    ///   - part: What was looked for.
    ///   - places: Where, in order.
    package init(part: InstalledPart, places: [String]) {
        self.part = part
        self.places = places
    }

    /// The places as text, a line each.
    package var found: String { "nothing at" + Self.lines(places) }

    /// Lines that follow a message.
    package static func lines(_ texts: [String]) -> String { texts.map { "\n  " + $0 }.joined() }
}
