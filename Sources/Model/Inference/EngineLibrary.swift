#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A shared library that an engine loads at run time, and the search path for it.
package struct EngineLibrary: Sendable, Equatable {
    /// ONNX Runtime, as in its wheel.
    package static let onnxRuntime = EngineLibrary(
        name: "ONNX Runtime",
        fileName: "libonnxruntime.so.1",
        environmentVariable: "ADYTON_ONNXRUNTIME",
        folderInDependencies: "onnxruntime/lib"
    )
    /// This project's bridge to libtorch, which finds libtorch through its run path.
    package static let torch = EngineLibrary(
        name: "PyTorch",
        fileName: "libAdytonTorch.so",
        environmentVariable: "ADYTON_TORCH",
        folderInDependencies: nil
    )

    /// The library's name in errors.
    package let name: String
    /// The file's name, which is the last candidate, for the dynamic linker.
    package let fileName: String
    /// The environment variable for the file's path, where no option names it.
    package let environmentVariable: String
    /// The folder below the project's `.deps` where `Scripts/setup.sh` installs it.
    let folderInDependencies: String?

    /// The paths to try, in order.
    ///
    /// A path from the caller or the environment is the only candidate: if it does not exist, that is an error, and no
    /// other library is loaded instead.
    ///
    /// - Parameters:
    ///   - explicit: The caller's path, or nil.
    ///   - environment: The value of a variable, or nil.
    ///   - executable: The absolute path of the running program.
    /// - Returns: Paths, and last the bare file name for the dynamic linker.
    package func candidates(
        explicit: String?,
        environment: (String) -> String?,
        executable: String
    ) -> [String] {
        if let explicit { return [explicit] }
        if let named = environment(environmentVariable), !named.isEmpty { return [named] }
        let folders = executable.split(separator: "/").dropLast()
        func path(_ folders: some Collection<Substring>, _ below: String) -> String {
            folders.map { "/" + $0 }.joined() + "/" + below
        }
        var places = [path(folders, fileName), path(folders.dropLast(), "lib/" + fileName)]
        // Only above a build folder: elsewhere a `.deps` in a parent folder, such as /tmp, may belong to another user.
        if let folderInDependencies, let build = folders.firstIndex(of: ".build") {
            let package = folders[..<build]
            let below = ".deps/\(folderInDependencies)/\(fileName)"
            places += [path(package, below), path(package.dropLast(), below)]
        }
        return places + [fileName]
    }

    /// Opens the library at the first candidate that exists.
    ///
    /// - Parameters:
    ///   - explicit: The caller's path, or nil for the usual search path.
    ///   - attempt: Opens the file at a path; after `engine.library-missing` the next candidate is tried.
    /// - Returns: What the attempt returns.
    /// - Throws: `engine.library-missing` with every path that was tried, and whatever else the attempt throws.
    package func open<Opened>(
        explicit: String?,
        attempt: (String) throws(EngineError) -> Opened
    ) throws(EngineError) -> Opened {
        var failures: [String] = []
        for place in candidates(explicit: explicit, environment: Self.variable, executable: Self.executable()) {
            // Safe: the path is a Swift string, passed as a C string for the length of the call.
            if place.contains("/"), unsafe access(place, F_OK) != 0 {
                failures.append("\(place): no such file")
                continue
            }
            do throws(EngineError) {
                return try attempt(place)
            } catch {
                guard error.code == .libraryMissing else { throw error }
                failures.append("\(place): \(error.found ?? "cannot be opened")")
            }
        }
        throw EngineError(
            .libraryMissing,
            subject: name,
            expected: "\(fileName), which Scripts/setup.sh brings, or its path in \(environmentVariable)",
            found: failures.joined(separator: "; ")
        )
    }

    private static func variable(_ name: String) -> String? {
        // Safe: the value is copied at once; this program sets variables only before `main`.
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }

    private static func executable() -> String {
        let capacity = Int(PATH_MAX)
        return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { buffer in
            guard let start = buffer.baseAddress else { preconditionFailure("the buffer has a size") }
            // Safe: readlink writes at most `capacity` bytes into the buffer and returns how many.
            let count = unsafe readlink("/proc/self/exe", start, capacity)
            let path = unsafe UnsafeRawBufferPointer(start: start, count: max(0, count))
            return unsafe String(decoding: path, as: UTF8.self)
        }
    }
}
