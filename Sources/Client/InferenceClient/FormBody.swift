import NIOCore

/// An image as the only field of a form (RFC 7578).
struct FormBody {
    /// The value of the `Content-Type` header.
    let contentType: String
    /// The request body.
    let bytes: ByteBuffer

    init(_ image: InferenceClient.Image) {
        // 128 random bits: no image contains them by chance.
        var random = SystemRandomNumberGenerator()
        let boundary = "adyton-\(String(random.next(), radix: 16))-\(String(random.next(), radix: 16))"
        var bytes = ByteBuffer()
        bytes.reserveCapacity(image.bytes.count + 512)
        bytes.writeString("--\(boundary)\r\n")
        bytes.writeString(
            "Content-Disposition: form-data; name=\"image\"; filename=\"\(Self.fileExtension(image.name))\"\r\n"
        )
        bytes.writeString("Content-Type: application/octet-stream\r\n\r\n")
        bytes.writeBytes(image.bytes)
        bytes.writeString("\r\n--\(boundary)--\r\n")
        contentType = "multipart/form-data; boundary=\(boundary)"
        self.bytes = bytes
    }

    /// The extension of a file name.
    ///
    /// The server needs nothing else of it; the rest may be private and is not sent.
    private static func fileExtension(_ name: String) -> String {
        let ending = name.split(separator: ".").last.map { $0.lowercased() } ?? ""
        let isPlain =
            (1...5).contains(ending.utf8.count) && name.contains(".")
            && ending.utf8.allSatisfy { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) }
        return isPlain ? "image.\(ending)" : "image"
    }
}
