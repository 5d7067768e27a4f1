import FoundationEssentials
import SwiftASN1

/// Reads DER fields; a malformed field gives nil and never traps.
package enum DerField {
    /// Parses one value without trailing bytes.
    static func parse(_ bytes: some Sequence<UInt8>) -> ASN1Node? {
        try? DER.parse(Array(bytes))
    }

    /// The elements of a constructed value; nil for a primitive one.
    static func children(_ node: ASN1Node) -> [ASN1Node]? {
        guard case .constructed(let nodes) = node.content else { return nil }
        return Array(nodes)
    }

    /// The content of a primitive value; nil for a constructed one.
    static func content(_ node: ASN1Node) -> ArraySlice<UInt8>? {
        guard case .primitive(let bytes) = node.content else { return nil }
        return bytes
    }

    /// An object identifier as dotted numbers (X.690, 8.19); nil where a number is not in its shortest form.
    static func identifier(_ node: ASN1Node) -> String? {
        guard node.identifier == .objectIdentifier, let bytes = content(node), let last = bytes.last, last < 0x80,
            bytes.count <= 64
        else { return nil }
        var text: [UInt8] = []
        text.reserveCapacity(4 * bytes.count)
        var number: UInt64 = 0
        var isFirst = true
        var begins = true
        for byte in bytes {
            guard !(begins && byte == 0x80), number < 1 << 56 else { return nil }
            number = number << 7 | UInt64(byte & 0x7F)
            begins = byte < 0x80
            guard begins else { continue }
            if isFirst {
                let root = min(number / 40, 2)
                text.append(UInt8(ascii: "0") + UInt8(root))
                number -= root * 40
                isFirst = false
            }
            text.append(UInt8(ascii: "."))
            append(number, to: &text)
            number = 0
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func append(_ number: UInt64, to text: inout [UInt8]) {
        if number >= 10 { append(number / 10, to: &text) }
        text.append(UInt8(ascii: "0") + UInt8(number % 10))
    }

    /// A non-negative integer of at most 64 bits.
    static func integer(_ node: ASN1Node) -> UInt64? {
        try? UInt64(derEncoded: node)
    }

    /// The content of an octet string.
    static func octets(_ node: ASN1Node) -> [UInt8]? {
        guard node.identifier == .octetString else { return nil }
        return content(node).map(Array.init)
    }

    /// The content of an ASCII or UTF-8 string.
    static func text(_ node: ASN1Node) -> String? {
        guard [.ia5String, .printableString, .utf8String].contains(node.identifier), let bytes = content(node) else {
            return nil
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// A UTCTime or GeneralizedTime.
    static func date(_ node: ASN1Node) -> Date? {
        // By the tag: a reader that is tried in vain describes its error, which takes longer than reading.
        switch node.identifier {
        case .utcTime:
            guard let time = try? UTCTime(derEncoded: node) else { return nil }
            return date(time.year, time.month, time.day, time.hours, time.minutes, time.seconds)
        case .generalizedTime:
            guard let time = try? GeneralizedTime(derEncoded: node) else { return nil }
            return date(time.year, time.month, time.day, time.hours, time.minutes, time.seconds)
        default: return nil
        }
    }

    /// The bytes of a bit string without unused bits.
    static func bits(_ node: ASN1Node) -> [UInt8]? {
        guard let string = try? ASN1BitString(derEncoded: node), string.paddingBits == 0 else { return nil }
        return Array(string.bytes)
    }

    /// Converts an ECDSA signature from DER to r and s, each `width` bytes; nil for another structure or a longer
    /// number.
    static func signature(_ der: [UInt8], width: Int) -> [UInt8]? {
        guard let whole = parse(der), whole.identifier == .sequence, let halves = children(whole), halves.count == 2
        else { return nil }
        var joined: [UInt8] = []
        for half in halves {
            guard half.identifier == .integer, let number = content(half), number.first.map({ $0 < 0x80 }) == true,
                number.count == 1 || number.first != 0 || number.dropFirst().first.map({ $0 >= 0x80 }) == true
            else { return nil }
            let digits = number.drop { $0 == 0 }
            guard digits.count <= width else { return nil }
            joined += [UInt8](repeating: 0, count: width - digits.count) + digits
        }
        return joined
    }

    /// The algorithm of a public key, with its curve if it has one: `1.2.840.10045.2.1/1.3.132.0.34`.
    static func algorithm(ofPublicKey der: [UInt8], subject: String) throws(AttestationError) -> String {
        guard let parts = parse(der).flatMap(children), parts.count == 2,
            let names = children(parts[0]), let algorithm = names.first.flatMap(identifier)
        else {
            throw AttestationError(
                CertificateCheck.malformed,
                subject: subject,
                fields: ["subjectPublicKeyInfo"],
                expected: "a public key as RFC 5280 defines it",
                found: description(of: der)
            )
        }
        return ([algorithm] + names.dropFirst().compactMap(identifier)).joined(separator: "/")
    }

    /// Seconds since 1970 in the Gregorian calendar without leap seconds, as X.509 counts them.
    static func date(_ year: Int, _ month: Int, _ day: Int, _ hour: Int, _ minute: Int, _ second: Int) -> Date {
        let shifted = month > 2 ? year : year - 1
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        return Date(timeIntervalSince1970: Double(days * 86_400 + hour * 3_600 + minute * 60 + second))
    }
}
