import CLinux

/// How an AMD processor encrypts memory (CPUID leaf 0x8000001f).
package struct MemoryEncryption: Equatable, Sendable {
    /// The position of the C-bit, which encrypts a page, in a page table entry.
    package var encryptionBit = 51
    /// The number of physical address bits that encryption takes.
    package var lostAddressBits = 1
    /// Whether the processor supports SEV-SNP.
    package var isSecureNestedPagingKnown = false

    /// The values of current processors.
    package init() {}

    /// The values of this host's processor.
    package static func ofThisHost() -> MemoryEncryption {
        var registers: [UInt32] = [0, 0, 0, 0]
        // Safe: the four numbers are ours, and the call writes no more than four.
        guard unsafe linux_processor_leaf(0x8000_001f, 0, &registers) != 0, registers[0] != 0 else {
            return MemoryEncryption()
        }
        var found = MemoryEncryption()
        found.encryptionBit = Int(registers[1] & 0x3f)
        found.lostAddressBits = Int(registers[1] >> 6 & 0x3f)
        found.isSecureNestedPagingKnown = registers[0] >> 4 & 1 == 1
        return found
    }
}
