package import EnclavePackage
package import GuestInterface

/// A manifest template for Gramine: what runs in an enclave, and which files it may read.
///
/// `gramine-manifest` puts Gramine's own paths in, `gramine-sgx-sign` measures and signs the result. The fields are those of
/// Gramine 1.9's manifest syntax, which `Docs/formats/gramine-manifest.md` lists.
package struct GramineManifest: Equatable, Sendable {
    /// The app directory's name where Gramine runs.
    package static let rootName = "root"
    /// How many threads an enclave has room for where the configuration does not say how many processors there are.
    static let defaultThreads = 32
    /// The stack of each thread where the configuration does not say, in bytes.
    static let defaultStack = 2 << 20
    /// The memory where the configuration does not say, in bytes.
    static let defaultMemory = 512 << 20

    /// The template, in TOML.
    package let text: String

    /// Makes a template.
    ///
    /// - Parameters:
    ///   - plan: What is to run; its mounts of memory become Gramine's tmpfs.
    ///   - configuration: Memory, processors, numbers and whether the enclave can be debugged.
    ///   - tree: The files of the app directory.
    /// - Throws: `gramine.mount-unsupported`, `gramine.path-unsupported`.
    package init(
        plan: LaunchPlan,
        configuration: PackageConfiguration,
        tree: GramineTree
    ) throws(GramineError) {
        let application = plan.application
        var lines = ["# Written by adyton for Gramine; gramine-manifest renders it."]
        lines += [
            "loader.entrypoint.uri = \"file:{{ gramine.libos }}\"",
            "libos.entrypoint = \(try Self.text(application.path))",
            "loader.log_level = \"error\"",
        ]
        if application.takesHostArguments {
            lines.append("loader.insecure__use_cmdline_argv = true")
        } else {
            let words = try Self.list([application.path] + application.arguments)
            lines.append("loader.argv = [\(words)]")
        }
        for variable in application.environment where !variable.hasPrefix("MYST_TARGET=") {
            let name = String(variable.prefix { $0 != "=" })
            lines.append(
                "loader.env.\(try Self.text(name)) = \(try Self.text(String(variable.dropFirst(name.count + 1))))"
            )
        }
        lines.append("loader.env.\"MYST_TARGET\" = \"sgx\"")
        for name in application.hostEnvironment {
            lines.append("loader.env.\(try Self.text(name)) = { passthrough = true }")
        }
        lines += ["loader.uid = \(application.user)", "loader.gid = \(application.group)"]
        let stack = Int(application.stackInBytes ?? UInt64(Self.defaultStack))
        lines.append("sys.stack.size = \"\((stack + 1023) / 1024)K\"")
        lines += ["fs.root.type = \"chroot\"", "fs.root.uri = \"file:\(Self.rootName)\""]
        lines.append("fs.start_dir = \(try Self.text(application.workingDirectory))")
        lines.append("fs.mounts = [")
        lines += try Self.mounts(plan, tree).map { "  \($0)," }
        lines.append("]")
        let threads = configuration.processors.map { max(Self.defaultThreads, 8 * $0) } ?? Self.defaultThreads
        let memory = (configuration.memoryInBytes ?? Self.defaultMemory) + threads * stack
        lines += [
            "sgx.debug = \(plan.isDebug)", "sgx.enclave_size = \"\(Self.enclaveSize(memory) >> 20)M\"",
            "sgx.max_threads = \(threads)", "sgx.isvprodid = \(configuration.productID)",
            "sgx.isvsvn = \(configuration.securityVersion)", "sgx.remote_attestation = \"dcap\"",
            "sgx.trusted_files = [",
        ]
        lines += try Self.trusted(tree).map { "  \($0)," }
        lines.append("]")
        text = lines.map { $0 + "\n" }.joined()
    }

    /// Memory, and links that Gramine would follow on the host: those that are absolute there lead elsewhere, and below one
    /// to a folder every file would have two names.
    private static func mounts(_ plan: LaunchPlan, _ tree: GramineTree) throws(GramineError) -> [String] {
        var mounts: [String] = []
        for link in tree.links {
            mounts.append(
                "{ path = \(try text("/\(link.path)")), uri = \(try text("file:\(rootName)/\(link.target)")) }"
            )
        }
        for mount in plan.mounts {
            switch mount {
            case .memory(let target, _, _): mounts.append("{ type = \"tmpfs\", path = \(try text(target)) }")
            case .overlay(let target), .image(let target, _, _):
                throw GramineError(
                    .mountUnsupported,
                    subject: target,
                    expected:
                        "memory (Writable without KeepContent, Mount of type ramfs), the one kind that Gramine has, too"
                )
            }
        }
        return mounts
    }

    private static func trusted(_ tree: GramineTree) throws(GramineError) -> [String] {
        var entries: [String] = []
        for file in tree.files {
            entries.append("{ uri = \(try text("file:\(rootName)/\(file.path)")), sha256 = \"\(file.sha256)\" }")
        }
        return entries
    }

    /// The least power of two that holds the memory, which is what an enclave's size has to be.
    static func enclaveSize(_ memory: Int) -> Int {
        var size = 256 << 20
        while size < memory { size <<= 1 }
        return size
    }

    private static func list(_ words: [String]) throws(GramineError) -> String {
        var texts: [String] = []
        for word in words { texts.append(try text(word)) }
        return texts.joined(separator: ", ")
    }

    /// A basic string of TOML (v1.0, "String").
    private static func text(_ value: String) throws(GramineError) -> String {
        guard !["{{", "{%", "{#"].contains(where: { value.contains($0) }) else {
            throw GramineError(
                .pathUnsupported,
                subject: value.debugDescription,
                expected: "a text without '{{', '{%' and '{#', which Gramine's templates give a meaning"
            )
        }
        var text = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case _ where scalar.value < 0x20 || scalar.value == 0x7f:
                let digits = String(scalar.value, radix: 16, uppercase: true)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}
