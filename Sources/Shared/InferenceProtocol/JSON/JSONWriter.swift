/// Writes a JSON document sequentially, without a tree.
struct JSONWriter {
    /// The document so far.
    private(set) var bytes: [UInt8] = []
    private var isFirst = true

    init() {
        bytes.reserveCapacity(1024)
    }

    /// Begins an object or an array.
    mutating func open(_ sign: Unicode.Scalar) {
        bytes.append(UInt8(ascii: sign))
        isFirst = true
    }

    /// Ends an object or an array.
    mutating func close(_ sign: Unicode.Scalar) {
        bytes.append(UInt8(ascii: sign))
        isFirst = false
    }

    /// Begins the next element of an array.
    mutating func element() {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
    }

    /// Begins the next member of an object.
    mutating func key(_ key: String) {
        element()
        text(key)
        bytes.append(UInt8(ascii: ":"))
    }

    mutating func text(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0..<0x20:
                bytes.append(contentsOf: "\\u00".utf8)
                let digits = Array("0123456789abcdef".utf8)
                bytes.append(digits[Int(byte >> 4)])
                bytes.append(digits[Int(byte & 15)])
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func integer(_ value: Int64) {
        bytes.append(contentsOf: String(value).utf8)
    }

    mutating func unsigned(_ value: UInt64) {
        bytes.append(contentsOf: String(value).utf8)
    }

    mutating func boolean(_ value: Bool) {
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }

    /// Writes the shortest digits that read back the same.
    ///
    /// - Throws: `oip.data-invalid` for infinities and NaN.
    mutating func number(_ value: some BinaryFloatingPoint & CustomStringConvertible) throws(OpenInferenceError) {
        guard value.isFinite else {
            throw OpenInferenceError(.dataInvalid, subject: "outputs", expected: "finite numbers, or binary data")
        }
        bytes.append(contentsOf: value.description.utf8)
    }

    mutating func parameters(_ parameters: [String: ParameterValue]) throws(OpenInferenceError) {
        open("{")
        for (name, value) in parameters.sorted(by: { $0.key < $1.key }) {
            key(name)
            switch value {
            case .bool(let value): boolean(value)
            case .integer(let value): integer(value)
            case .number(let value): try number(value)
            case .text(let value): text(value)
            }
        }
        close("}")
    }
}
