import Foundation
import Inference

/// Recognises images that a client sent as base64 text where the image's own bytes were expected.
enum EncodedText {
    /// What base64 makes of the first bytes of each format (ITU-T T.81 B.2.1; W3C PNG 5.2).
    private static let beginnings: [(text: String, format: ImageFormat)] = [("/9j/", .jpeg), ("iVBORw0KGgo", .png)]

    /// The format of an image in base64, alone or in a `data:` address (RFC 2397); nil for everything else.
    ///
    /// - Parameter image: What the client sent; its first bytes are looked at.
    /// - Returns: The format's name.
    static func imageFormat(of image: any ContiguousBytes) -> String? {
        // The bytes are copied within the call.
        let bytes = unsafe image.withUnsafeBytes { unsafe Array($0.prefix(64)) }
        var text = String(decoding: bytes, as: UTF8.self).drop { $0.isWhitespace }
        if text.hasPrefix("data:"), let comma = text.firstIndex(of: ",") { text = text[text.index(after: comma)...] }
        return beginnings.first { text.hasPrefix($0.text) }?.format.rawValue
    }
}
