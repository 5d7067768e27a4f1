import Glibc

/// Texts as C wants them: pointers to NUL-terminated copies, and a null pointer at the end.
///
/// The memory belongs to the value alone: made in `init`, lent while the value lives, freed with it.
@safe final class CStrings {
    /// The pointers; they live as long as this value.
    let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    /// The number of texts.
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

    /// Lends the texts as constants.
    func withConstantPointers<Result>(_ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result) -> Result {
        // Safe: a pointer to constant memory has the layout of a pointer to changeable memory.
        unsafe pointers.withMemoryRebound(to: UnsafePointer<CChar>?.self, capacity: count + 1) { unsafe body($0) }
    }
}
