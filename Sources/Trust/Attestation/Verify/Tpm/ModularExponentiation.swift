/// Modular exponentiation with an odd modulus: RSA's public operation, which no library here offers with an OAEP label.
///
/// Montgomery multiplication on 64-bit limbs. Branches and memory addresses depend on the public exponent only, not on
/// the base or the modulus.
struct ModularExponentiation {
    private let modulus: [UInt64]
    /// The negated inverse of the modulus's lowest limb, modulo 2^64.
    private let inverse: UInt64
    /// The square of 2^(64·limbs) modulo the modulus, which converts a number to Montgomery form.
    private let square: [UInt64]
    private let byteCount: Int

    /// Prepares a modulus.
    ///
    /// - Parameter modulus: Big-endian, odd, its highest bit set, a multiple of 8 bytes; nil for another one.
    init?(modulus: [UInt8]) {
        guard let last = modulus.last, last & 1 == 1, modulus[0] & 0x80 != 0, modulus.count % 8 == 0 else { return nil }
        let limbs = Self.limbs(modulus)
        self.modulus = limbs
        byteCount = modulus.count
        var inverse: UInt64 = 1
        // Each Newton step doubles the number of correct bits.
        for _ in 0..<6 { inverse = inverse &* (2 &- limbs[0] &* inverse) }
        self.inverse = 0 &- inverse
        var square = [UInt64](repeating: 0, count: limbs.count)
        square[0] = 1
        for _ in 0..<(128 * limbs.count) { square = Self.doubled(square, limbs) }
        self.square = square
    }

    /// Computes a power.
    ///
    /// - Parameters:
    ///   - base: Big-endian, as long as the modulus and less than it.
    ///   - exponent: At least 1.
    /// - Returns: Big-endian, as long as the modulus.
    func power(_ base: [UInt8], _ exponent: UInt32) -> [UInt8] {
        let base = product(Self.limbs(base), square)
        var result = base
        for bit in (0..<(31 - exponent.leadingZeroBitCount)).reversed() {
            result = product(result, result)
            if exponent >> bit & 1 == 1 { result = product(result, base) }
        }
        var one = [UInt64](repeating: 0, count: modulus.count)
        one[0] = 1
        return product(result, one).reversed().flatMap { limb in
            (0..<8).reversed().map { UInt8(truncatingIfNeeded: limb >> (8 * $0)) }
        }
    }

    private static func limbs(_ bytes: [UInt8]) -> [UInt64] {
        stride(from: bytes.count - 8, through: 0, by: -8).map { start in
            bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) }
        }
    }

    private static func doubled(_ number: [UInt64], _ modulus: [UInt64]) -> [UInt64] {
        var doubled = number
        var carry: UInt64 = 0
        for index in doubled.indices {
            let next = number[index] >> 63
            doubled[index] = number[index] << 1 | carry
            carry = next
        }
        return reduced(doubled, carry, modulus)
    }

    /// Subtracts the modulus once where the number, with its carry, is not less than it.
    private static func reduced(_ number: [UInt64], _ carry: UInt64, _ modulus: [UInt64]) -> [UInt64] {
        var difference = number
        var borrow: UInt64 = 0
        for index in number.indices {
            let (first, below) = number[index].subtractingReportingOverflow(modulus[index])
            let (second, belowAgain) = first.subtractingReportingOverflow(borrow)
            difference[index] = second
            borrow = (below ? 1 : 0) | (belowAgain ? 1 : 0)
        }
        // All ones where the difference is the result, zeros where the number was less than the modulus.
        let mask = 0 &- (carry | (1 &- borrow))
        return zip(number, difference).map { $0 & ~mask | $1 & mask }
    }

    private func product(_ left: [UInt64], _ right: [UInt64]) -> [UInt64] {
        let count = modulus.count
        var sum = [UInt64](repeating: 0, count: count + 2)
        for index in 0..<count {
            Self.add(left[index], right, to: &sum)
            Self.add(sum[0] &* inverse, modulus, to: &sum)
            for place in 0...count { sum[place] = sum[place + 1] }
            sum[count + 1] = 0
        }
        return Self.reduced(Array(sum[..<count]), sum[count], modulus)
    }

    /// Adds a multiple of a number.
    private static func add(_ factor: UInt64, _ number: [UInt64], to sum: inout [UInt64]) {
        var carry: UInt64 = 0
        for index in number.indices {
            let (high, low) = factor.multipliedFullWidth(by: number[index])
            let (first, overflow) = sum[index].addingReportingOverflow(low)
            let (second, overflowAgain) = first.addingReportingOverflow(carry)
            sum[index] = second
            carry = high &+ (overflow ? 1 : 0) &+ (overflowAgain ? 1 : 0)
        }
        let (first, overflow) = sum[number.count].addingReportingOverflow(carry)
        sum[number.count] = first
        sum[number.count + 1] &+= overflow ? 1 : 0
    }
}
