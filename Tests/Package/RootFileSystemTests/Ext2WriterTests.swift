import Foundation
import RootFileSystem
import TestSupport
import Testing

@Suite(.enabled(if: OutsideTool(named: "e2fsck")?.isReady ?? OutsideTool.isRequired, "e2fsck is missing"))
struct Ext2WriterTests {
    /// Whether an image can be mounted here; tried once.
    private static let canMount = Task {
        guard geteuid() == 0 else { return false }
        let test = """
            d=$(mktemp -d); truncate -s 1M $d/i; mke2fs -q $d/i; mkdir $d/m
            mount -o loop,ro $d/i $d/m && umount $d/m; s=$?; rm -rf $d; exit $s
            """
        return (try? await Shell.run(test)) != nil
    }
    private static let whyNot: Comment = "an image cannot be mounted: not root, or no loop device"

    /// Writes the image and has e2fsck look at it.
    private static func write(_ tree: SampleTree, options: Ext2Writer.Options = .init()) async throws -> String {
        let image = tree.beside("image")
        _ = try Ext2Writer.write(tree.path, to: image, options: options)
        try await Shell.run("e2fsck -fn \(image) 2>&1 || { cat >&2; exit 1; }")
        return image
    }

    /// What a mounted image holds, extended attributes too.
    private static func describeMounted(_ image: String) async throws -> String {
        try await Shell.run("mkdir -p \(image).mount; mount -o loop,ro \(image) \(image).mount")
        let text: String
        do {
            text = try await describe("\(image).mount")
        } catch {
            _ = try? await Shell.run("umount \(image).mount")
            throw error
        }
        try await Shell.run("umount \(image).mount")
        return text
    }

    private static func describe(_ path: String) async throws -> String {
        try await Shell.describe(path)
            + Shell.run("cd \(path); getfattr -R -h -m '^user|^security.cap' -d -e hex . | LC_ALL=C sort")
    }

    private static let attributes = """
        cp /bin/true capable; setcap cap_net_raw+ep capable
        setfattr -n user.short -v 1 etc/motd; setfattr -n user.longer.name -v abcdefg etc/motd; setfattr -n user.none etc/three
        setfattr -n user.folder -v x etc
        """

    @Test(.enabled(whyNot) { await canMount.value })
    func `is mounted by the kernel as the tree that it was`() async throws {
        let tree = try await SampleTree(Self.attributes)
        let image = try await Self.write(tree)
        #expect(try await Self.describeMounted(image) == Self.describe(tree.path))
    }

    @Test func `is read by debugfs`() async throws {
        let tree = try await SampleTree()
        let image = try await Self.write(tree)
        let text = try await Shell.run(
            "debugfs -R 'cat etc/motd' \(image) 2>/dev/null; debugfs -R 'stat usr/bin/second' \(image) 2>/dev/null"
        )
        #expect(text.hasPrefix("hello\n"))
        #expect(text.contains("Mode:  04755") && text.contains("Links: 3") && text.contains("Size: 100000"))
        try await Shell.run(
            "debugfs -R 'dump usr/bin/program \(image).out' \(image) 2>/dev/null; cmp \(image).out \(tree.path)/usr/bin/program"
        )
    }

    @Test(.enabled(whyNot) { await canMount.value })
    func `keeps sparse files sparse at every kind of index block`() async throws {
        // The last direct block, and the first and last block below each of the three index pointers.
        let blocks = [0, 11, 12, 1035, 1036, 2059, 2060, 1_049_611, 1_049_612, 1_050_636, 1_600_000]
        let writes = blocks.map {
            "printf 'block \($0)' | dd of=large bs=1 seek=\($0 * 4096 + 9) conv=notrunc status=none"
        }
        let tree = try await SampleTree(
            (["truncate -s 7000000001 large; truncate -s 5G hole; truncate -s 4097 small"] + writes).joined(
                separator: "\n"
            ),
            isEmpty: true
        )
        let image = try await Self.write(tree)
        let size = try FileManager.default.attributesOfItem(atPath: image)[.size] as? Int
        #expect((size ?? 0) < 9 << 20)
        try await Shell.run(
            """
            mkdir \(image).mount; mount -o loop,ro \(image) \(image).mount; trap 'umount \(image).mount' EXIT
            cmp \(tree.path)/large \(image).mount/large; cmp \(tree.path)/small \(image).mount/small
            test $(stat -c %s \(image).mount/hole) = 5368709120; test $(stat -c %b \(image).mount/hole) = 0
            """
        )
    }

    @Test(.timeLimit(.minutes(5)))
    func `holds a folder of 100,000 entries, and the longest names`() async throws {
        let tree = try await SampleTree(
            """
            mkdir many long; cd many; seq 100000 | xargs touch; cd ../long
            for i in $(seq 40); do : > "$(printf '%03d' $i)$(printf 'x%.0s' $(seq 252))"; done
            """,
            isEmpty: true
        )
        let image = try await Self.write(tree)
        let count = try await Shell.run("debugfs -R 'ls -p many' \(image) 2>/dev/null | grep -c '/100644/'")
        #expect(count == "100000\n")
    }

    @Test(.timeLimit(.minutes(5)))
    func `fills several groups`() async throws {
        let tree = try await SampleTree(
            "head -c 300M /dev/urandom > noise; seq 20000 | split -l 1 -a 4 - f",
            isEmpty: true
        )
        let image = try await Self.write(tree)
        try await Shell.run(
            "debugfs -R 'dump noise \(image).out' \(image) 2>/dev/null; cmp \(image).out \(tree.path)/noise"
        )
    }

    @Test func `gives the same bytes of a copy with other times, umask and holes`() async throws {
        let tree = try await SampleTree(
            Self.attributes
                + "\ntruncate -s 3M holes; printf x | dd of=holes bs=1 seek=2000000 conv=notrunc status=none"
        )
        let first = try Ext2Writer.write(tree.path, to: tree.beside("a.img"))
        try await Shell.run(
            """
            umask 077; mkdir -p \(tree.beside("elsewhere"))/deep
            cp -a --sparse=never \(tree.path) \(tree.beside("elsewhere"))/deep/copy
            find \(tree.beside("elsewhere"))/deep/copy -exec touch -h -d 2031-05-06 {} +
            """
        )
        let second = try Ext2Writer.write(tree.beside("elsewhere/deep/copy"), to: tree.beside("b.img"))
        #expect(first == second)
        try await Shell.run("cmp \(tree.beside("a.img")) \(tree.beside("b.img"))")
        try await Shell.run("printf HELLO | dd of=\(tree.path)/etc/motd conv=notrunc status=none")
        let third = try Ext2Writer.write(tree.path, to: tree.beside("c.img"))
        #expect(third.rootHash != first.rootHash)
        #expect(try SealedImage(opening: tree.beside("c.img")).salt != SealedImage(opening: tree.beside("a.img")).salt)
    }

    @Test(arguments: [2048, 2049, 32_768, 32_769, 32_770, 32_800, 33_000, 65_536, 65_700, 98_305])
    func `takes any size, and says which one it needs`(blocks: Int) async throws {
        let tree = try await SampleTree()
        var options = Ext2Writer.Options()
        options.size = blocks * 4096
        let image = try await Self.write(tree, options: options)
        #expect(try SealedImage(opening: image).block.hashOffset == blocks * 4096)
        let large = try await SampleTree("head -c 9M /dev/urandom > noise", isEmpty: true)
        options.size = 8 << 20
        #expect(
            failure { _ = try Ext2Writer.write(large.path, to: large.beside("i"), options: options) } == .ext2ImageFull
        )
        #expect(try FileManager.default.contentsOfDirectory(atPath: large.folder.url.path) == ["tree"])
    }

    @Test func `signs, and replaces an image only when told`() async throws {
        let keys = try await KeyFiles()
        let tree = try await SampleTree()
        var options = Ext2Writer.Options()
        options.keys = try keys.signing
        let image = try await Self.write(tree, options: options)
        try SealedImage(opening: image).verify(by: SignerKey(reading: keys.publicPath))
        #expect(failure { _ = try Ext2Writer.write(tree.path, to: image, options: options) } == .fileExists)
        options.isReplacing = true
        _ = try Ext2Writer.write(tree.path, to: image, options: options)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: tree.folder.url.path).sorted() == ["image", "tree"]
        )
    }

    @Test(.enabled(whyNot) { await canMount.value })
    func `says that the disk is full, and leaves nothing on it`() async throws {
        let tree = try await SampleTree("head -c 6M /dev/urandom > noise", isEmpty: true)
        let disk = tree.beside("disk")
        try await Shell.run("mkdir \(disk); mount -t tmpfs -o size=4m none \(disk)")
        #expect(failure { _ = try Ext2Writer.write(tree.path, to: disk + "/image") } == .diskFull)
        #expect(failure { try CpioWriter.write(tree.path, to: disk + "/archive") } == .diskFull)
        #expect(try FileManager.default.contentsOfDirectory(atPath: disk).isEmpty)
        try await Shell.run("umount \(disk)")
    }

    @Test func `refuses what the format cannot hold`() async throws {
        let access = try await SampleTree(
            """
            setfattr -n system.posix_acl_access etc/motd -v \
              0x0200000001000600ffffffff020004000100000004000400ffffffff10000600ffffffff20000400ffffffff
            """
        )
        #expect(failure { _ = try Ext2Writer.write(access.path, to: access.beside("i")) } == .ext2AttributeUnsupported)
        let wide = try await SampleTree("seq 64999 | xargs mkdir", isEmpty: true)
        #expect(failure { _ = try Ext2Writer.write(wide.path, to: wide.beside("i")) } == .ext2TooManyLinks)
        let huge = try await SampleTree("truncate -s 3T huge", isEmpty: true)
        #expect(failure { _ = try Ext2Writer.write(huge.path, to: huge.beside("i")) } == .ext2FileTooLarge)
    }
}
