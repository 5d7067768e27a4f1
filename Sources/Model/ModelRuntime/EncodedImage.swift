package import Foundation
import Inference

/// An image as a client sent it.
package struct EncodedImage: Sendable {
    /// The file's bytes.
    package let bytes: any ContiguousBytes & Sendable
    /// The file name that the client states; it is compared with the content, and never opened.
    package let declaredName: String?
    /// The media type that the client states; it is compared with the content.
    package let declaredMediaType: String?

    package init(
        bytes: any ContiguousBytes & Sendable,
        declaredName: String? = nil,
        declaredMediaType: String? = nil
    ) {
        self.bytes = bytes
        self.declaredName = declaredName
        self.declaredMediaType = declaredMediaType
    }
}

extension ImageDecoder {
    /// Decodes an image in place, without a copy of its bytes.
    func decode(_ image: EncodedImage) throws -> RGBImage {
        // The decoder reads the bytes during the call only, and the buffer is valid that long.
        try unsafe image.bytes.withUnsafeBytes { bytes in
            let span = unsafe bytes.bindMemory(to: UInt8.self).span
            return try decode(span, declaredName: image.declaredName, declaredType: image.declaredMediaType)
        }
    }
}
