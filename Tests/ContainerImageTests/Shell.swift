import Foundation
import TestSupport

/// Runs shell scripts, and has other programs describe a tree.
enum Shell {
    /// What a script prints.
    @discardableResult
    static func run(_ script: String) throws -> String {
        guard let shell = OutsideTool(named: "sh") else { throw CocoaError(.fileNoSuchFile) }
        let output = try shell.run(["-ec", "PATH=$PATH:/usr/sbin:/sbin\n\(script)"])
        guard output.status == 0 else {
            throw CocoaError(.featureUnsupported, userInfo: [NSDebugDescriptionErrorKey: output.standardError])
        }
        return String(decoding: output.standardOutput, as: UTF8.self)
    }

    /// Everything that `find` and `sha256sum` say of a tree, but times, the root, and the links of folders.
    static func describe(_ path: String) throws -> String {
        try run(
            #"""
            cd \#(path)
            find . -mindepth 1 -type d -printf '%p %y %m %U %G\n' -o -mindepth 1 -printf '%p %y %m %U %G %s %n %l\n' | LC_ALL=C sort
            find . -type f -print0 | LC_ALL=C sort -z | xargs -0r sha256sum
            find . -type f -links +1 -printf '%i %p\n' | LC_ALL=C sort -k2 | awk '{ n[$1] = n[$1] " " $2 } END { for (i in n) print n[i] }' | sort
            find . '(' -type c -o -type b ')' -exec stat -c '%n %t %T' {} + | sort
            """#
        )
    }
}
