package import Installation

/// A shared library that an engine loads at run time, and the places where it may be.
package struct EngineLibrary: Sendable, Equatable {
    /// ONNX Runtime, as in its wheel.
    package static let onnxRuntime = EngineLibrary(part: .onnxRuntime, environmentVariable: "ADYTON_ONNXRUNTIME")
    /// This project's bridge to libtorch, which finds libtorch by its run path unless it is already loaded.
    package static let torch = EngineLibrary(part: .torchBridge, environmentVariable: "ADYTON_TORCH")

    /// The library among the parts of an installation.
    let part: InstalledPart
    /// The environment variable for the file's path, where no option names it.
    package let environmentVariable: String
    /// The library's name in errors.
    package var name: String { part.name }

    /// The paths to try, in order.
    ///
    /// A path from the caller or the environment is the only candidate: if it does not exist, that is an error, and no
    /// other library is loaded instead.
    ///
    /// - Parameters:
    ///   - explicit: The caller's path, or nil.
    ///   - environment: The value of a variable, or nil.
    ///   - locator: Where the running program is installed.
    /// - Returns: Paths, and last the bare file name for the dynamic linker.
    package func candidates(
        explicit: String?,
        environment: (String) -> String?,
        locator: PartLocator
    ) -> [String] {
        if let explicit { return [explicit] }
        if let named = environment(environmentVariable), !named.isEmpty { return [named] }
        // An app directory has the library in `lib` beside the program's folder, and a build has it beside the program.
        let beside = ["\(locator.programFolder)/\(part.path)", "\(locator.prefix)/lib/\(part.path)"]
        return beside + locator.places(of: part) + [part.path]
    }

    /// Opens the library at the first candidate that exists.
    ///
    /// - Parameters:
    ///   - explicit: The caller's path, or nil for the usual search path.
    ///   - attempt: Opens the file at a path; after `engine.library-missing` the next candidate is tried.
    /// - Returns: What the attempt returns.
    /// - Throws: `engine.library-missing` with every place that was tried, a line each, and whatever else the attempt
    ///   throws.
    package func open<Opened>(
        explicit: String?,
        attempt: (String) throws(EngineError) -> Opened
    ) throws(EngineError) -> Opened {
        var failures: [String] = []
        let places = candidates(explicit: explicit, environment: PartLocator.variable, locator: .ofThisProgram)
        for place in places {
            if place.contains("/"), !PartLocator.exists(place) {
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
            expected: part.remedy,
            found: places.count == 1 ? failures.joined() : "at none of" + MissingPart.lines(failures)
        )
    }
}
