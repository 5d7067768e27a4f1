#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Unbuffered writes to standard output or standard error; errors such as a closed pipe are ignored.
package enum StandardStream: Int32 {
    case output = 1
    case error = 2

    /// Writes a text with write(2) at once.
    ///
    /// - Parameter text: The text, including its line end.
    package func write(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            // Safe: the pointer stays within the slice and does not leave the closure.
            let put = unsafe rest.withUnsafeBytes { unsafe Self.write(rawValue, $0) }
            if put < 0 && errno == EINTR { continue }
            guard put > 0 else { return }
            rest = rest.dropFirst(put)
        }
    }

    private static func write(_ number: Int32, _ memory: UnsafeRawBufferPointer) -> Int {
        #if canImport(Glibc)
        unsafe Glibc.write(number, memory.baseAddress, memory.count)
        #else
        unsafe Musl.write(number, memory.baseAddress, memory.count)
        #endif
    }
}
