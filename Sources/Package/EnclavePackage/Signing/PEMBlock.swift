import Foundation
import PackageManifest
import RootFileSystem

/// A block of a PEM file (RFC 7468).
struct PEMBlock {
    /// More than any key has, less than what would hurt.
    private static let largestFile = 1 << 16

    let label: String
    let content: [UInt8]

    /// The block as text, 64 characters a line.
    var text: String {
        var lines = ["-----BEGIN \(label)-----"]
        var rest = Data(content).base64EncodedString()[...]
        while !rest.isEmpty {
            lines.append(String(rest.prefix(64)))
            rest = rest.dropFirst(64)
        }
        lines.append("-----END \(label)-----")
        return lines.map { $0 + "\n" }.joined()
    }

    /// The first block of a kind in a file.
    ///
    /// - Parameters:
    ///   - path: A PEM file; other blocks, such as curve parameters, are passed over.
    ///   - wanted: What is wanted, for the message.
    ///   - matches: Whether a label is wanted.
    /// - Returns: The block.
    /// - Throws: `package.input-missing`, `package.unreadable`, `key.invalid`.
    static func first(in path: String, wanted: String, where matches: (String) -> Bool) throws(PackageError) -> PEMBlock
    {
        let bytes = try InputFile.read(path, atMost: largestFile)
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
        var labels: [String] = []
        var open: (label: String, text: String)?
        for line in lines.map({ $0.trimmingCharacters(in: .whitespaces) }) {
            if line.hasPrefix("-----BEGIN "), line.hasSuffix("-----") {
                let label = String(line.dropFirst(11).dropLast(5))
                labels.append(label)
                open = (label, "")
            } else if line.hasPrefix("-----END ") {
                guard let block = open else { continue }
                open = nil
                guard matches(block.label) else { continue }
                guard let content = Data(base64Encoded: block.text), !block.text.contains(":") else {
                    throw PackageError(
                        .keyInvalid,
                        subject: path,
                        expected: "base64 in the block \(block.label), without a pass phrase",
                        found: block.text.contains("ENCRYPTED") ? "an encrypted key" : "something else"
                    )
                }
                return PEMBlock(label: block.label, content: Array(content))
            } else {
                open?.text += line
            }
        }
        throw PackageError(
            .keyInvalid,
            subject: path,
            expected: "\(wanted) in PEM",
            found: labels.isEmpty ? "no PEM block" : "only \(labels.joined(separator: ", "))"
        )
    }
}
