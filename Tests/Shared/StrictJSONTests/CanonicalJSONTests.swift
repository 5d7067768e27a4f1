import Foundation
import Testing

@testable import StrictJSON

/// The one spelling of a document, and bytes in base64.
@Suite("Canonical JSON")
struct CanonicalJSONTests {
    private static func canonical(_ text: String) throws -> String {
        JSONValue(try JSONText(Array(text.utf8)).root).canonicalText
    }

    /// The numbers of RFC 8785, appendix B.
    @Test(
        arguments: [
            (0x0000_0000_0000_0000, "0"), (0x8000_0000_0000_0000, "0"), (0x0000_0000_0000_0001, "5e-324"),
            (0x8000_0000_0000_0001, "-5e-324"), (0x7FEF_FFFF_FFFF_FFFF, "1.7976931348623157e+308"),
            (0xFFEF_FFFF_FFFF_FFFF, "-1.7976931348623157e+308"), (0x4340_0000_0000_0000, "9007199254740992"),
            (0xC340_0000_0000_0000, "-9007199254740992"), (0x4430_0000_0000_0000, "295147905179352830000"),
            (0x44B5_2D02_C7E1_4AF5, "9.999999999999997e+22"), (0x44B5_2D02_C7E1_4AF6, "1e+23"),
            (0x44B5_2D02_C7E1_4AF7, "1.0000000000000001e+23"), (0x444B_1AE4_D6E2_EF4E, "999999999999999700000"),
            (0x444B_1AE4_D6E2_EF4F, "999999999999999900000"), (0x444B_1AE4_D6E2_EF50, "1e+21"),
            (0x3EB0_C6F7_A0B5_ED8C, "9.999999999999997e-7"), (0x3EB0_C6F7_A0B5_ED8D, "0.000001"),
            (0x41B3_DE43_5555_5553, "333333333.3333332"), (0x41B3_DE43_5555_5556, "333333333.3333334"),
            (0xBECB_F647_612F_3696, "-0.0000033333333333333333"), (0x4314_3FF3_C1CB_0959, "1424953923781206.2"),
        ] as [(UInt64, String)]
    )
    func `numbers are spelled as in ECMAScript`(bits: UInt64, text: String) throws {
        let value = Double(bitPattern: bits)
        #expect(JSONValue.number(value).canonicalText == text)
        #expect(try JSONText(Array(text.utf8)).root.double == value)
    }

    @Test func `names are sorted by UTF-16, and strings escape only what they must`() throws {
        let text =
            #"{"\u20ac":"Euro","\r":"CR","\ufb33":"Dalet","1":"1","\ud83d\ude00":"Smile","\u0080":"C","\u00f6":"o"}"#
        let names = ##"{"\r":"CR","1":"1","\##u{80}":"C","ö":"o","€":"Euro","😀":"Smile","\##u{FB33}":"Dalet"}"##
        #expect(try Self.canonical(text) == names)
        #expect(try Self.canonical(#""\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/""#) == #""€$\u000f\nA'B\"\\\\\"/""#)
        #expect(try Self.canonical(" [ 1.0 , 1e2,true ,{} , [ ] ] ") == "[1,100,true,{},[]]")
    }

    @Test func `base64 is what Foundation writes, and has one spelling`() {
        for count in 0..<70 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ count) }
            let text = Data(bytes).base64EncodedString()
            #expect(Base64Bytes(bytes).text == text)
            #expect(Base64Bytes(ascii: Array(text.utf8))?.bytes == bytes)
        }
        for text in ["A", "AA", "AAA", "AA=", "AB==", "AAB=", "====", "=AAA", "AA==AA==", "AA A", "AAA-", "AA==\n"] {
            #expect(Base64Bytes(ascii: Array(text.utf8)) == nil, "\(text)")
        }
    }
}
