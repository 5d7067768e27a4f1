#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

// The system's calls whose names are methods of `OpenFile`, too. Each repeats a call that a signal interrupted.

/// open(2).
func systemOpen(_ path: String, _ flags: Int32) -> Int32 {
    // Safe: the path is a string of our own that outlives the call.
    unsafe open(path, flags)
}

/// read(2), or pread(2) where there is an offset.
func systemRead(_ number: Int32, _ memory: UnsafeMutableRawBufferPointer, at offset: Int?) -> Int {
    while true {
        // Safe: the buffer is the caller's, and its own size is passed.
        let count =
            if let offset {
                unsafe pread(number, memory.baseAddress, memory.count, off_t(offset))
            } else {
                unsafe read(number, memory.baseAddress, memory.count)
            }
        guard count < 0, errno == EINTR else { return count }
    }
}

/// write(2), or pwrite(2) where there is an offset.
func systemWrite(_ number: Int32, _ memory: UnsafeRawBufferPointer, at offset: Int?) -> Int {
    while true {
        // Safe: the buffer is the caller's, and its own size is passed.
        let count =
            if let offset {
                unsafe pwrite(number, memory.baseAddress, memory.count, off_t(offset))
            } else {
                unsafe write(number, memory.baseAddress, memory.count)
            }
        guard count < 0, errno == EINTR else { return count }
    }
}

/// Closes a descriptor with its last use.
final class DescriptorOwner: Sendable {
    let number: Int32

    init(_ number: Int32) {
        self.number = number
    }

    deinit {
        close(number)
    }
}
