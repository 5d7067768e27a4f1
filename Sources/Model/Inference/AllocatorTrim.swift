import CLinux

/// Memory that was freed, but that the allocator still holds.
package enum AllocatorTrim {
    /// Gives it back to the system.
    ///
    /// Loading a model takes its file's size once or twice more for a moment, and unloading one frees its weights: far more
    /// than what an allocator should keep for the next image. Takes milliseconds, so not for every request.
    package static func giveBack() {
        linux_return_freed_memory()
    }
}
