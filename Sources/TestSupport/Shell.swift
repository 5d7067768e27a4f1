import Foundation

/// Runs shell scripts, and has other programs describe a tree.
package enum Shell {
    /// The shell; nil where there is none.
    package static let tool = OutsideTool(named: "sh")

    /// Runs a script, which ends at its first failure.
    ///
    /// - Parameter script: What the shell reads; the tools of file systems are on its path.
    /// - Returns: What it prints.
    /// - Throws: `CocoaError` with what it says on standard error.
    @discardableResult
    package static func run(_ script: String) async throws -> String {
        guard let tool else { throw CocoaError(.fileNoSuchFile) }
        let output = try await tool.run(["-ec", "PATH=$PATH:/usr/sbin:/sbin\n\(script)"])
        guard output.status == 0 else {
            throw CocoaError(.featureUnsupported, userInfo: [NSDebugDescriptionErrorKey: output.standardError])
        }
        return String(decoding: output.standardOutput, as: UTF8.self)
    }

    /// Everything that `find` and `sha256sum` say of a tree, but times and the links of folders.
    ///
    /// - Parameters:
    ///   - path: The tree.
    ///   - includesRoot: Whether the root's own mode and owner are included.
    /// - Returns: Lines, sorted.
    /// - Throws: What ``run(_:)`` throws.
    package static func describe(_ path: String, includesRoot: Bool = true) async throws -> String {
        let depth = includesRoot ? 0 : 1
        return try await run(
            #"""
            cd \#(path)
            find . -mindepth \#(depth) -type d -printf '%p %y %m %U %G\n' -o -mindepth \#(depth) -printf '%p %y %m %U %G %s %n %l\n' | LC_ALL=C sort
            find . -type f -print0 | LC_ALL=C sort -z | xargs -0r sha256sum
            find . -type f -links +1 -printf '%i %p\n' | LC_ALL=C sort -k2 | awk '{ n[$1] = n[$1] " " $2 } END { for (i in n) print n[i] }' | sort
            find . '(' -type c -o -type b ')' -exec stat -c '%n %t %T' {} + | sort
            """#
        )
    }
}
