/// The file formats that can be decoded.
package enum ImageFormat: String, Sendable, CaseIterable {
    case jpeg = "JPEG"
    case png = "PNG"

    /// The first bytes of every file of the format.
    private var signature: [UInt8] {
        switch self {
        case .jpeg: [0xFF, 0xD8, 0xFF]  // ITU-T T.81, B.2.1: SOI, and the next marker's first byte
        case .png: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]  // W3C PNG, 5.2
        }
    }

    /// Detects a file's format from its first bytes, whatever its name is.
    ///
    /// - Throws: `image.empty` without a byte, `image.truncated` where a signature is cut, and
    ///   `image.format-unsupported` for everything else.
    package init(of bytes: Span<UInt8>) throws(ImageError) {
        guard !bytes.isEmpty else { throw ImageError(.empty, subject: "image") }
        for format in Self.allCases {
            let signature = format.signature
            let length = min(signature.count, bytes.count)
            guard bytes.extracting(first: length).begins(signature) else { continue }
            guard length == signature.count else {
                throw ImageError(.truncated, subject: "\(format.rawValue) signature")
            }
            self = format
            return
        }
        throw ImageError(.formatUnsupported, subject: "image", expected: "JPEG or PNG")
    }

    /// The format that a file's name states; nil where the extension is not one of images.
    ///
    /// - Parameter name: A file name or path, of which the extension alone is used.
    /// - Returns: The format's name, supported or not.
    static func promised(byName name: String) -> String? {
        guard let dot = name.lastIndex(of: ".") else { return nil }
        return switch name[name.index(after: dot)...].lowercased() {
        case "jpg", "jpeg", "jpe", "jfif": jpeg.rawValue
        case "png", "apng": png.rawValue
        case "gif": "GIF"
        case "webp": "WebP"
        case "bmp": "BMP"
        case "tif", "tiff": "TIFF"
        case "heic", "heif": "HEIF"
        case "avif": "AVIF"
        default: nil
        }
    }

    /// The format that a media type states; nil where the type is not one of images.
    ///
    /// - Parameter type: As in a `Content-Type` header; parameters are ignored.
    /// - Returns: The format's name, supported or not.
    static func promised(byMediaType type: String) -> String? {
        let essence = type.prefix { $0 != ";" }.lowercased().filter { !$0.isWhitespace }
        guard essence.hasPrefix("image/") else { return nil }
        return switch essence.dropFirst("image/".count) {
        case "jpeg", "jpg", "pjpeg": jpeg.rawValue
        case "png", "x-png", "apng": png.rawValue
        case "*", "": nil
        case let other: String(other)
        }
    }
}

extension Span<UInt8> {
    /// Whether the bytes begin with a prefix, or are cut within it.
    fileprivate func begins(_ others: [UInt8]) -> Bool {
        indices.allSatisfy { self[$0] == others[$0] }
    }
}
