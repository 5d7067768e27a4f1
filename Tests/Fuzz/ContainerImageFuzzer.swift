import Files
import Glibc

@testable import RootFileSystem

/// Gives libFuzzer's bytes to the reader of container images.
///
/// The first byte says whether the rest is a whole archive or up to four layers, one on the other. The checksums of tar
/// heads are put right before, for no mutation would get past them. A refusal is an answer; what must not happen is a
/// trap, a hang, more memory than the limit of the script, or a plan that names what no file system takes.
enum ContainerImageFuzzer {
    private static let limits = ContainerLimits(layerBytes: 8 << 20, entries: 20_000, metadataBytes: 8 << 20, layers: 8)

    private static let number: Int32 = {
        var name = Array("/dev/shm/adyton-fuzz-XXXXXX".utf8CString)
        // Safe: the name is an array of our own, ended by NUL.
        let file = unsafe mkstemp(&name)
        precondition(file >= 0, "no file in memory")
        unsafe unlink(name)
        return file
    }()
    private static let file = Descriptor(taking: number, name: "input")

    /// Reads everything there is in an input.
    static func run(_ input: [UInt8]) {
        guard let first = input.first else { return }
        var bytes = Array(input.dropFirst())
        repair(&bytes)
        guard ftruncate(number, off_t(bytes.count)) == 0, (try? file.write(bytes[...], at: 0)) != nil else { return }
        lseek(number, 0, SEEK_SET)
        if first & 1 == 0 {
            try? readLayers(bytes.count, count: Int(first >> 1 & 3) + 1)
        } else {
            try? readArchive()
        }
    }

    private static func readLayers(_ size: Int, count: Int) throws {
        var reader = try LayerReader(
            limits: limits,
            latestTime: 1 << 30,
            spoolFolder: "/dev/shm",
            interruption: Interruption()
        )
        let zero = try Digest("sha256:" + String(repeating: "0", count: 64), of: "a layer")
        let step = max(512, size / count / 512 * 512)
        for index in 0..<count {
            let start = min(size, index * step)
            let end = index == count - 1 ? size : min(size, start + step)
            let layer = ContainerImage.Layer(
                blob: Blob(file: file, offset: start, size: end - start, name: "layer"),
                digest: zero,
                contentDigest: zero,
                compression: nil,
                name: "layer \(index + 1)"
            )
            // A layer that is refused leaves a tree that the next one meets.
            try? reader.apply(layer)
        }
        check(try reader.plan())
    }

    private static func readArchive() throws {
        let image = try ContainerImage(
            opening: "/proc/self/fd/\(number)",
            limits: limits,
            spoolFolder: "/dev/shm"
        )
        check(try image.tree(limits: limits, spoolFolder: "/dev/shm"))
    }

    /// Traps where a path of the plan is none.
    private static func check(_ plan: TreePlan) {
        for index in 1..<max(1, plan.count) {
            let path = plan.path(of: index)
            precondition(EntryPath(checking: path.bytes) == path, "a path below the root")
        }
    }

    /// Puts the checksum of every block right that could be a head.
    private static func repair(_ bytes: inout [UInt8]) {
        for start in stride(from: 0, to: bytes.count - 511, by: 512) {
            let block = bytes[start..<start + 512]
            guard block[start + 257..<start + 262].elementsEqual("ustar".utf8) else { continue }
            let sum = block.enumerated().reduce(0) { $0 + ((148..<156).contains($1.offset) ? 32 : Int($1.element)) }
            for place in 0..<6 { bytes[start + 148 + place] = UInt8(0x30 + sum >> (3 * (5 - place)) & 7) }
            bytes[start + 154] = 0
            bytes[start + 155] = 32
        }
    }
}

@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ start: UnsafeRawPointer?, _ count: Int) -> CInt {
    // Safe: libFuzzer gives that many bytes.
    ContainerImageFuzzer.run(unsafe Array(UnsafeRawBufferPointer(start: start, count: count)))
    return 0
}
