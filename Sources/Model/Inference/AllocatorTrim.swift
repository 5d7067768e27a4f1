import CLinux

/// Returns freed memory that the allocator still caches to the system.
package enum AllocatorTrim {
    /// Returns the memory.
    ///
    /// Loading a model needs its file's size once or twice more for a moment, and unloading one frees its weights: far
    /// more than the allocator should cache for the next image. Takes milliseconds, so it is not called for every
    /// request.
    package static func trim() {
        linux_return_freed_memory()
    }
}
