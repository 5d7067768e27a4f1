import Foundation
import TestSupport

/// A small directory tree with everything that a root file system has, beside which there is room.
struct SampleTree {
    let folder: TemporaryFolder
    /// The tree's root.
    var path: String { folder.url.appending(path: "tree").path }

    /// Makes the tree, and then runs shell commands in its root.
    init(_ script: String = "", isEmpty: Bool = false) async throws {
        folder = try TemporaryFolder()
        let sample = isEmpty ? "" : Self.sample
        try await Shell.run("mkdir \(path) && cd \(path) && \(sample)\n\(script)\ntrue")
    }

    /// A place beside the tree.
    func beside(_ name: String) -> String {
        folder.url.appending(path: name).path
    }

    private static let sample = #"""
        umask 022
        mkdir -p usr/bin etc var/empty tmp "sp ace" && chmod 1777 tmp && chmod 700 var/empty
        printf 'hello\n' > etc/motd && : > etc/empty && printf abc > etc/three && chmod 600 etc/three
        head -c 100000 /dev/urandom > usr/bin/program && chmod 4755 usr/bin/program
        ln usr/bin/program usr/bin/second && ln usr/bin/program a-third && ln etc/empty etc/nothing
        ln -s bin/program usr/link && ln -s "$(printf 'x%.0s' $(seq 200))" usr/long-link && ln -s /etc/motd absolute
        mkfifo fifo && : > "$(printf 'odd\\\n\377name')" && : > "$(printf 'n%.0s' $(seq 255))"
        if [ "$(id -u)" = 0 ]; then mknod null c 1 3 && mknod disk b 259 1048575 && chown 12:345678 etc/three; fi
        python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")' 2>/dev/null || true
        """#
}
