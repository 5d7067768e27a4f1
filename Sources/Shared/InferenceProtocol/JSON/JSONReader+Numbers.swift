/// A number of a document: its digits as one whole number, and its exponent.
struct JSONNumber {
    /// The digits without point and sign; invalid where `isLong`.
    let digits: UInt64
    /// The power of ten to multiply the digits by.
    let exponent: Int
    let isNegative: Bool
    /// Whether there are more digits than `digits` can hold.
    let isLong: Bool
    /// Whether there is neither a point nor an exponent.
    let isWhole: Bool
    /// The number's range in the document.
    let place: Range<Int>
}

extension JSONReader {
    /// Reads a number by the grammar of RFC 8259 §6.
    mutating func number(_ text: Span<UInt8>) throws(OpenInferenceError) -> JSONNumber {
        _ = peek(text)
        let start = offset
        var place = start
        let isNegative = place < text.count && text[place] == UInt8(ascii: "-")
        if isNegative { place += 1 }
        var scan = DigitScanner()
        let first = place
        scan.read(text, &place)
        // A number has a digit, and no leading zeros.
        guard place > first, text[first] != UInt8(ascii: "0") || place == first + 1 else { throw malformed("a number") }
        var isWhole = true
        var exponent = 0
        if place < text.count, text[place] == UInt8(ascii: ".") {
            place += 1
            let point = place
            scan.read(text, &place)
            guard place > point else { throw malformed("a digit behind the point") }
            exponent = point - place
            isWhole = false
        }
        if place < text.count, text[place] | 0x20 == UInt8(ascii: "e") {
            guard let power = Self.exponent(text, &place) else { throw malformed("an exponent") }
            exponent += power
            isWhole = false
        }
        advance(to: place)
        return JSONNumber(
            digits: scan.value,
            exponent: exponent,
            isNegative: isNegative,
            isLong: scan.count > 19,
            isWhole: isWhole,
            place: start..<place
        )
    }

    /// Reads `e`, a sign and digits; nil where there are no digits.
    private static func exponent(_ text: Span<UInt8>, _ place: inout Int) -> Int? {
        place += 1
        var sign = 1
        if place < text.count, text[place] == UInt8(ascii: "-") || text[place] == UInt8(ascii: "+") {
            sign = text[place] == UInt8(ascii: "-") ? -1 : 1
            place += 1
        }
        let first = place
        var value = 0
        while place < text.count, case let digit = text[place] &- UInt8(ascii: "0"), digit < 10 {
            // Beyond this exponent every number is zero or infinite.
            value = min(value * 10 + Int(digit), 1_000_000)
            place += 1
        }
        return place > first ? sign * value : nil
    }

    /// Reads a number as the nearest double.
    ///
    /// - Throws: `oip.data-invalid` where there is no number.
    mutating func double(_ text: Span<UInt8>) throws(OpenInferenceError) -> Double {
        let number = try number(text)
        if let value = number.exactDouble { return value }
        return try slowly(number, text)
    }

    /// Reads a number as the nearest float.
    ///
    /// - Throws: `oip.data-invalid` where there is no number.
    mutating func float(_ text: Span<UInt8>) throws(OpenInferenceError) -> Float {
        let number = try number(text)
        // A double that is off by two last places gives the wrong float only near the middle between two floats, or
        // below the normal ones. So the 17 digits that Python writes for a float take the fast path.
        if let value = number.nearDouble, !(0x0fff_fff8...0x1000_0008).contains(value.bitPattern & 0x1fff_ffff) {
            let magnitude = value.magnitude
            if magnitude == 0 || (0x1p-126...0x1.fffffep127).contains(magnitude) { return Float(value) }
        }
        return try slowly(number, text)
    }

    /// Reads a whole number within the bounds of a datatype.
    ///
    /// - Returns: The number's magnitude and sign.
    /// - Throws: `oip.data-invalid` for a fraction, and for a number out of bounds.
    mutating func whole(
        _ bounds: (lowest: Int64, highest: UInt64),
        _ text: Span<UInt8>
    ) throws(OpenInferenceError) -> (magnitude: UInt64, isNegative: Bool) {
        let number = try number(text)
        let limit = number.isNegative ? bounds.lowest.magnitude : bounds.highest
        guard number.isWhole, !number.isLong || number.fits(text), number.digits <= limit else {
            throw OpenInferenceError(
                .dataInvalid,
                subject: "byte \(number.place.lowerBound)",
                expected: "a whole number from \(bounds.lowest) to \(bounds.highest)"
            )
        }
        return (number.digits, number.isNegative)
    }

    private func slowly<Value: LosslessStringConvertible & BinaryFloatingPoint>(
        _ number: JSONNumber,
        _ text: Span<UInt8>
    ) throws(OpenInferenceError) -> Value {
        var letters: [UInt8] = []
        for index in number.place { letters.append(text[index]) }
        guard let value = Value(String(decoding: letters, as: UTF8.self)), value.isFinite else {
            throw OpenInferenceError(
                .dataInvalid,
                subject: "byte \(number.place.lowerBound)",
                expected: "a number that the datatype can hold"
            )
        }
        return value
    }
}

/// Accumulates the digits of a number.
private struct DigitScanner {
    var value: UInt64 = 0
    /// The number of significant digits; leading zeros do not count.
    var count = 0

    mutating func read(_ text: Span<UInt8>, _ place: inout Int) {
        while place < text.count, case let digit = text[place] &- UInt8(ascii: "0"), digit < 10 {
            if value != 0 || digit != 0 { count += 1 }
            value = value &* 10 &+ UInt64(digit)
            place += 1
        }
    }
}

extension JSONNumber {
    private static let powersOfTen: [Double] = (0...22).reduce(into: []) { powers, index in
        powers.append(index == 0 ? 1 : powers[index - 1] * 10)
    }

    /// The nearest double, where one multiplication or division of exact numbers gives it.
    var exactDouble: Double? {
        digits <= 1 << 53 ? nearDouble : nil
    }

    /// A double at most two last places away.
    var nearDouble: Double? {
        guard !isLong, (-22...22).contains(exponent) else { return nil }
        let value =
            exponent < 0
            ? Double(digits) / Self.powersOfTen[-exponent] : Double(digits) * Self.powersOfTen[exponent]
        return isNegative ? -value : value
    }

    /// Whether 20 digits fit into 64 bits.
    func fits(_ text: Span<UInt8>) -> Bool {
        let first = place.lowerBound + (isNegative ? 1 : 0)
        guard place.upperBound - first == 20 else { return false }
        // 2^64 has 20 digits and begins with 18446744073709551616: a number that wrapped around is smaller than 10^19.
        return text[first] == UInt8(ascii: "1") && digits >= 10_000_000_000_000_000_000
    }
}
