import Glibc

/// Gives libFuzzer's bytes to the readers of root file systems, as a file in memory.
///
/// A refusal is an answer; what must not happen is a trap, a hang, or more memory than the limit of the script.
enum RootFileSystemFuzzer {
    private static let file: Int32 = {
        var name = Array("/dev/shm/adyton-fuzz-XXXXXX".utf8CString)
        // Safe: the name is an array of our own, ended by NUL.
        let file = unsafe mkstemp(&name)
        precondition(file >= 0, "no file in memory")
        unsafe unlink(name)
        return file
    }()

    /// Reads everything there is in an input.
    static func run(_ input: UnsafeRawBufferPointer) {
        // Safe: the pointer is libFuzzer's for as long as this call lasts.
        guard ftruncate(file, off_t(input.count)) == 0,
            unsafe pwrite(file, input.baseAddress, input.count, 0) == input.count
        else { return }
        lseek(file, 0, SEEK_SET)
        let path = "/proc/self/fd/\(file)"
        try? readArchive(path)
        try? readImage(path)
        if input.count >= SignatureBlock.blockSize {
            let block = unsafe Array(input.prefix(SignatureBlock.blockSize))
            _ = try? SignatureBlock(block)
            _ = try? VeritySuperblock(block)
        }
    }

    private static func readArchive(_ path: String) throws(RootFileSystemError) {
        var reader = try CpioReader(opening: path)
        while try reader.next() != nil {
            while try reader.content(upTo: 1 << 16) != nil {}
        }
    }

    private static func readImage(_ path: String) throws(RootFileSystemError) {
        let image = try Ext2Image(opening: path)
        var walk = Ext2Walk(image)
        while let (entry, inode) = try walk.next() {
            guard entry.original == nil, entry.metadata.kind == .file else { return }
            try image.forEachRun(of: inode) { _, place, _ throws(RootFileSystemError) in _ = try image.read(place) }
        }
    }
}

@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ start: UnsafeRawPointer?, _ count: Int) -> CInt {
    // Safe: libFuzzer gives that many bytes.
    unsafe RootFileSystemFuzzer.run(UnsafeRawBufferPointer(start: start, count: count))
    return 0
}
