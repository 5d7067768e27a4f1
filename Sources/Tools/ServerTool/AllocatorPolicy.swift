import CLinux
import Foundation

/// How the process's allocator treats the buffers of images.
///
/// glibc gives every large buffer back to the kernel as soon as it is free, and the next image pays for fresh, zeroed
/// pages: about a third of a decode. A server decodes all the time, so it keeps some memory while requests
/// arrive. Nor does each thread need a heap of its own, where what one leaves is of no use to the next: one heap for a few
/// cores is as fast, and half as large.
package enum AllocatorPolicy {
    /// Buffers up to this size come from the heap that is kept; a full-size photograph's pixels fit.
    private static let largestKeptBuffer = 64 << 20
    /// How much free memory at the heap's end is kept.
    private static let keptBytes = 128 << 20

    /// How many cores share a heap.
    private static let coresPerHeap = 4

    /// Sets it for the whole process; best before a second thread begins, which otherwise keeps a heap of its own.
    package static func set() {
        let cores = ProcessInfo.processInfo.activeProcessorCount
        linux_set_allocator_policy(largestKeptBuffer, keptBytes, Int32(max(1, cores / coresPerHeap)))
    }
}
