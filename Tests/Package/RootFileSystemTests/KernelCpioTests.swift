import Foundation
import RootFileSystem
import TestSupport
import Testing

/// What a kernel that reads archives needs, and those who pack beside us.
private let toolsAreReady =
    OutsideTool.isRequired
    || GuestMachine.isReady && ["busybox", "cpio", "bsdcpio"].allSatisfy { OutsideTool(named: $0) != nil }

/// What Linux makes of an archive as its initial file system.
@Suite(.enabled(if: toolsAreReady, "QEMU, busybox, cpio, bsdcpio or .deps/kernel is missing"))
struct KernelCpioTests {
    /// Every type of file, most under two names, with modes, owners and numbers that a mistake would change.
    private static let tree = #"""
        mkdir -p in/deep empty && chmod 1777 empty && chmod 2750 in && chown 0:12 in
        echo content > file && ln file in/file && ln file in/deep/zfile && chown 1000:70000 file && chmod 4711 file
        : > hollow && ln hollow in/hollow && chmod 0 hollow
        head -c 70000 /dev/urandom > large && ln large in/deep/large
        ln -s target link && ln link in/link && ln -s "$(printf 'x%.0s' $(seq 200))" long && ln long in/long
        mkfifo -m 640 fifo && ln fifo in/fifo
        mknod character c 5 300 && ln character in/character && mknod block b 259 70000 && ln block in/block
        python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")' && ln socket in/socket
        """#

    /// Describes a tree with busybox's own programs.
    ///
    /// Type and mode, owners, numbers, names, size, the first name of the same file, the content's digest; of a symbolic
    /// link its target, because Linux makes the link anew for each of its names.
    private static let describe = #"""
        find . ! -name . | LC_ALL=C sort | while read -r path; do
            if [ -L "$path" ]; then echo "$path link $(stat -c '%u %g' "$path") $(readlink "$path")"; continue; fi
            sum=none; if [ -f "$path" ]; then sum=$(sha256sum <"$path"); fi
            inode=$(stat -c %i "$path"); first=$(find . -inum "$inode" | LC_ALL=C sort | head -n 1)
            # File systems differ in a directory's size and links.
            more=$(stat -c '%h %s' "$path"); if [ -d "$path" ]; then more=directory; fi
            echo "$path $(stat -c '%f %u %g %t:%T' "$path") $more $first $sum"
        done
        """#

    private static let initial = #"""
        #!/bin/busybox sh
        /bin/busybox mkdir -p /proc && /bin/busybox --install -s /bin && mount -t proc proc /proc
        for tree in ours gnu bsd; do cd /$tree && echo "begin $tree" && sh /describe && echo "end $tree"; done
        poweroff -f
        """#

    @Test(.enabled(if: geteuid() == 0, "only root makes devices"), .timeLimit(.minutes(10)))
    func `the kernel makes of our archive what it makes of GNU cpio's and libarchive's, and what was packed`()
        async throws
    {
        let place = try await SampleTree("mkdir tree bin", isEmpty: true)
        let path = place.path
        try await Shell.run("cd \(path)/tree; \(Self.tree); cp $(command -v busybox) \(path)/bin/busybox")
        for (name, text) in [("init", Self.initial), ("describe", Self.describe)] {
            try Data(text.utf8).write(to: URL(filePath: "\(path)/\(name)"))
        }
        // One archive behind the other, as the kernel reads them; each has the tree under a name of its own.
        try await Shell.run("cd \(path); chmod 755 init; mkdir stage; mv init describe bin stage; mv tree stage/ours")
        let ours = place.beside("ours.cpio")
        try CpioWriter.write("\(path)/stage", to: ours)
        try await Shell.run(
            """
            cd \(path)/stage; mv ours gnu; find gnu | cpio -o -H newc --quiet >../gnu.cpio
            mv gnu bsd; find bsd | bsdcpio -o -H newc --quiet >../bsd.cpio; mv bsd ours
            cat \(ours) ../gnu.cpio ../bsd.cpio >\(place.beside("initial.cpio"))
            """
        )
        let machine = GuestMachine(
            initialFileSystem: URL(filePath: place.beside("initial.cpio")),
            commandLine: "console=ttyS0 quiet panic=-1 rdinit=/init",
            disks: []
        )
        let console = try await machine.run().console.replacing("\r\n", with: "\n")
        let programs = "mkdir \(path)/programs; busybox --install -s \(path)/programs; PATH=\(path)/programs"
        let wanted = try await Shell.run("\(programs); cd \(path)/stage/ours; \(Self.describe)")
        #expect(wanted.split(separator: "\n").count == 22)
        for name in ["ours", "gnu", "bsd"] {
            let found = console.components(separatedBy: "begin \(name)\n").last?
                .components(separatedBy: "end \(name)\n").first
            #expect(found == wanted, "\(name): \(console.suffix(4000))")
        }
    }
}
