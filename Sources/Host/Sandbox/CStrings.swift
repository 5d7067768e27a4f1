import Glibc

/// A NULL-terminated array of C strings, as execve(2) takes it.
///
/// Safe: this object alone owns the memory. It allocates it in `init`, passes it to closures while it lives, and frees
/// it in `deinit`.
@safe final class CStrings {
    /// The pointers; valid as long as this object.
    let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    /// The number of strings, without the final NULL.
    let count: Int

    init(_ texts: [String]) {
        count = texts.count
        unsafe pointers = .allocate(capacity: texts.count + 1)
        for (index, text) in texts.enumerated() {
            // Safe: the index is below the capacity, and strdup copies.
            unsafe (pointers + index).initialize(to: strdup(text))
        }
        unsafe (pointers + texts.count).initialize(to: nil)
    }

    deinit {
        for index in 0..<count { unsafe free(pointers[index]) }
        unsafe pointers.deallocate()
    }

    /// Passes the strings to a closure as pointers to constant memory; they are valid during the call only.
    func withConstantPointers<Result>(_ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result) -> Result {
        // Safe: a pointer to constant memory has the layout of a pointer to mutable memory.
        unsafe pointers.withMemoryRebound(to: UnsafePointer<CChar>?.self, capacity: count + 1) { unsafe body($0) }
    }
}
