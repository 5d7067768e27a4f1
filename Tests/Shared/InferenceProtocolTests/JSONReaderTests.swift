import Foundation
import TestSupport
import Testing

@testable import InferenceProtocol

@Suite struct JSONReaderTests {
    @Test(arguments: [
        "0", "-0", "1", "-17", "0.1", "3.14159274101257324219", "1e-45", "1.17549421e-38", "3.4028235e38", "1e-400",
        "16777217", "16777219.0", "0.10000000149011612", "9007199791611905", "1.00000005960464477539062500001",
        "123456789012345678901234567890", "0.00000000000000000000000000000000000000001401298464324817", "1E+2",
        "5e-324",
        "8589973000.0000001", "1.0000000596046448", "1.00000017881393432617187499", "33554433.000000001",
    ])
    func `reads the nearest float and double`(text: String) throws {
        #expect(try read(text) { reader, span throws(OpenInferenceError) in try reader.float(span) } == Float(text))
        #expect(try read(text) { reader, span throws(OpenInferenceError) in try reader.double(span) } == Double(text))
    }

    @Test func `reads the nearest float of every spelling that Python has for one`() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            let value = Float(bitPattern: UInt32.random(in: 0...UInt32.max, using: &generator))
            guard value.isFinite else { continue }
            for text in ["\(value)", "\(Double(value))"] {
                let found = try read(text) { reader, span throws(OpenInferenceError) in try reader.float(span) }
                #expect(found.bitPattern == value.bitPattern, "\(text)")
            }
            // Between two floats, a little to one side.
            let text = "\((Double(value) + Double(value.nextUp)) / 2)1"
            if !text.contains("e"), text.contains(".") {
                let found = try read(text) { reader, span throws(OpenInferenceError) in try reader.float(span) }
                #expect(found == Float(text), "\(text)")
            }
        }
    }

    @Test(arguments: ["", "-", "01", "1.", ".5", "1e", "1e+", "+1", "NaN", "Infinity", "0x1", "--1", "\"1\"", "nul"])
    func `refuses what is no number`(text: String) {
        expect(.jsonMalformed, text) { reader, span throws(OpenInferenceError) in
            _ = try reader.float(span)
            try reader.finish(span)
        }
    }

    @Test func `refuses a number that the type cannot hold`() {
        expect(.dataInvalid, "1e39") { reader, span throws(OpenInferenceError) in _ = try reader.float(span) }
        expect(.dataInvalid, "-1e999999999999") { reader, span throws(OpenInferenceError) in
            _ = try reader.double(span)
        }
    }

    @Test(arguments: [
        (TensorDatatype.uint8, "255", "256"), (.uint16, "65535", "65536"), (.uint32, "4294967295", "4294967296"),
        (.uint64, "18446744073709551615", "18446744073709551616"), (.int8, "-128", "-129"),
        (.int16, "32767", "32768"), (.int32, "-2147483648", "-2147483649"),
        (.int64, "-9223372036854775808", "9223372036854775808"), (.uint8, "0", "-1"), (.int64, "7", "7.0"),
        (.uint64, "10000000000000000000", "36893488147419103232"), (.int32, "1", "1e0"),
    ])
    func `keeps whole numbers within their datatype`(datatype: TensorDatatype, good: String, bad: String) throws {
        let bounds = try #require(datatype.wholeRange)
        let value = try read(good) { reader, span throws(OpenInferenceError) in try reader.whole(bounds, span) }
        #expect("\(value.isNegative ? "-" : "")\(value.magnitude)" == good)
        expect(.dataInvalid, bad) { reader, span throws(OpenInferenceError) in _ = try reader.whole(bounds, span) }
    }

    @Test func `reads strings with every escape`() throws {
        let text = #""a\"\\\/\b\f\n\r\té漢😀\ud83d\ude00""#
        let value = try read(text) { reader, span throws(OpenInferenceError) in try reader.string(span) }
        #expect(value == "a\"\\/\u{8}\u{c}\n\r\té漢😀😀")
    }

    @Test(arguments: [
        #"""#, #""a"#, #""\x""#, #""\u12""#, #""\ud83d""#, #""\ud83dx""#, #""\ud83d\u0041""#, #""\ude00""#, "\"\n\"",
        #""\"#, #""\u123"#, "'a'",
    ])
    func `refuses what is no string`(text: String) {
        expect(.jsonMalformed, text) { reader, span throws(OpenInferenceError) in _ = try reader.string(span) }
    }

    @Test func `refuses bytes that are not UTF-8`() throws {
        let bytes: [UInt8] = [0x22, 0xff, 0xfe, 0x22]
        let error = #expect(throws: OpenInferenceError.self) {
            var reader = JSONReader()
            _ = try reader.string(bytes.span)
        }
        #expect(error?.code == .jsonMalformed)
    }

    @Test func `refuses documents that are too deep, in no time`() {
        for opening in ["[", "{\"a\":"] {
            let text = String(repeating: opening, count: 1_000_000)
            expect(.jsonTooDeep, text) { reader, span throws(OpenInferenceError) in try reader.skip(span) }
        }
    }

    @Test(arguments: ["[1,]", "[,1]", "[1 2]", "{\"a\" 1}", "{\"a\":1,}", "{1:2}", "[1", "{\"a\":1", "tru", "[1]]"])
    func `refuses what is no document`(text: String) {
        expect(.jsonMalformed, text) { reader, span throws(OpenInferenceError) in
            try reader.skip(span)
            try reader.finish(span)
        }
    }

    @Test func `passes what Python writes`() throws {
        let text = " {\"a\": [1, -2.5e-3, true, false, null, {\"b\": []}], \"\\u00e9\": \"x\", \"n\": {}} \n"
        try read(text) { reader, span throws(OpenInferenceError) in
            try reader.skip(span)
            try reader.finish(span)
        }
    }

    private func read<Value>(
        _ text: String,
        _ body: (inout JSONReader, Span<UInt8>) throws(OpenInferenceError) -> Value
    ) throws(OpenInferenceError) -> Value {
        let bytes = Array(text.utf8)
        var reader = JSONReader()
        return try body(&reader, bytes.span)
    }

    private func expect(
        _ code: OpenInferenceError.Code,
        _ text: String,
        _ body: (inout JSONReader, Span<UInt8>) throws(OpenInferenceError) -> Void
    ) {
        let error = #expect(throws: OpenInferenceError.self) { try read(text, body) }
        #expect(error?.code == code, "\(text.prefix(40))")
    }
}
