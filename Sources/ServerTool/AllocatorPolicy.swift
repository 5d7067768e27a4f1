import CLinux

/// How the process's allocator treats the buffers of images.
///
/// glibc gives every large buffer back to the kernel as soon as it is free, and the next image pays for fresh, zeroed
/// pages: about a third of a decode. A server decodes all the time, so it keeps some memory instead.
enum AllocatorPolicy {
    /// Buffers up to this size come from the heap that is kept; a full-size photograph's pixels fit.
    private static let largestKeptBuffer = 64 << 20
    /// How much free memory at the heap's end is kept.
    private static let keptBytes = 128 << 20

    /// Sets the policy for the whole process; to be called before its threads begin.
    static func keepImageBuffers() {
        linux_keep_freed_memory(largestKeptBuffer, keptBytes)
    }
}
