import FoundationEssentials

extension Date {
    /// The time in UTC, in seconds, as findings show it: `2025-07-01T00:00:00Z`.
    package var plain: String { formatted(.iso8601) }

    /// Parses an RFC 3339 time, with or without fractional seconds.
    ///
    /// - Parameter text: A time such as `2025-07-01T00:00:00Z`.
    package init?(rfc3339 text: String) {
        let whole = Date.ISO8601FormatStyle()
        let fraction = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        guard let date = (try? whole.parse(text)) ?? (try? fraction.parse(text)) else { return nil }
        self = date
    }

    /// Parses a UTC time in exactly the form `2025-07-01T00:00:00Z`.
    ///
    /// - Parameter utcText: ASCII bytes.
    init?(utcText: [UInt8]) {
        guard utcText.count == 20,
            utcText[4] == UInt8(ascii: "-"), utcText[7] == UInt8(ascii: "-"), utcText[10] == UInt8(ascii: "T"),
            utcText[13] == UInt8(ascii: ":"), utcText[16] == UInt8(ascii: ":"), utcText[19] == UInt8(ascii: "Z")
        else { return nil }
        func number(_ range: Range<Int>) -> Int? {
            utcText[range].reduce(0) { sum, byte in
                sum.flatMap { (0x30...0x39).contains(byte) ? $0 * 10 + Int(byte - 0x30) : nil }
            }
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
            (1...12).contains(month), (1...Self.days(inMonth: month, of: year)).contains(day),
            hour < 24, minute < 60, second < 60
        else { return nil }
        self = DerField.date(year, month, day, hour, minute, second)
    }

    private static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
