import Foundation
package import Inference
import InferenceProtocol
import StrictJSON

/// A tensor in a file of a pack: NumPy's `.npy`, or JSON for a small one and for strings.
enum StoredTensor {
    /// The largest file in bytes.
    private static let maximumSize = 1 << 28
    /// The largest header of an `.npy` file in bytes.
    private static let maximumHeader = 1 << 16
    /// NumPy's names of the datatypes that it has.
    private static let types: [String: TensorDatatype] = [
        "|b1": .bool, "|i1": .int8, "|u1": .uint8, "<i2": .int16, "<u2": .uint16, "<i4": .int32, "<u4": .uint32,
        "<i8": .int64, "<u8": .uint64, "<f2": .float16, "<f4": .float32, "<f8": .float64,
    ]

    /// Reads a file's bytes.
    ///
    /// - Parameters:
    ///   - bytes: The whole file.
    ///   - path: Its path, for the error; it ends in `.json` for JSON.
    ///   - name: The tensor's name.
    /// - Returns: The tensor.
    /// - Throws: `pack.tensor-invalid` with what the file does not hold.
    static func read(_ bytes: [UInt8], path: String, name: String) throws(ModelPackError) -> Tensor {
        guard bytes.count <= maximumSize else { throw invalid(path, "at most \(maximumSize) bytes", "more") }
        let content = path.hasSuffix(".json") ? try document(bytes, path) : try numpy(bytes, path)
        guard content.elements.count == content.shape.reduce(1, *) else {
            throw invalid(path, "as many elements as the shape \(content.shape)", "\(content.elements.count)")
        }
        return Tensor(name: name, shape: content.shape, content: content.elements)
    }

    private typealias Content = (shape: [Int], elements: TensorElements)

    private struct Document: Decodable {
        private enum Key: String, CodingKey, CaseIterable {
            case datatype, shape, data
        }

        let type: TensorDatatype
        let shape: [Int]
        let elements: TensorElements

        init(from decoder: any Decoder) throws {
            let document = try decoder.container(keyedBy: Key.self)
            type = try document.decode(TensorDatatype.self, forKey: .datatype)
            shape = try document.decode([Int].self, forKey: .shape)
            guard type != .bytes else {
                elements = .strings(try document.decode([String].self, forKey: .data).map { Array($0.utf8) })
                return
            }
            let numbers = try document.decode([Double].self, forKey: .data)
            guard let elements = TensorElements(numbers, as: type) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .data,
                    in: document,
                    debugDescription: "expected numbers that \(type.rawValue) can hold"
                )
            }
            self.elements = elements
        }
    }

    private static func document(_ bytes: [UInt8], _ path: String) throws(ModelPackError) -> Content {
        let document: Document
        do throws(JSONError) {
            document = try JSONText.decode(from: bytes)
        } catch {
            throw invalid("\(path):\(error.place)", error.expected, error.found ?? "another value")
        }
        return (try checked(document.shape, path), document.elements)
    }

    /// Reads NumPy's format (numpy.lib.format, versions 1.0 to 3.0).
    private static func numpy(_ bytes: [UInt8], _ path: String) throws(ModelPackError) -> Content {
        guard bytes.count >= 12, bytes.starts(with: [0x93] + Array("NUMPY".utf8)), (1...3).contains(bytes[6]) else {
            throw invalid(path, "NumPy's .npy format, or a name that ends in .json", "another format")
        }
        let width = bytes[6] == 1 ? 2 : 4
        let length = (0..<width).reduce(0) { $0 | Int(bytes[8 + $1]) << (8 * $1) }
        let start = 8 + width + length
        guard length <= maximumHeader, start <= bytes.count else {
            throw invalid(path, "a header within the file", "\(length) bytes")
        }
        let header = String(decoding: bytes[8 + width..<start], as: UTF8.self)
        // Foundation's own search brings all of ICU into the server: 45 MB.
        guard header.firstRange(of: "'fortran_order': False") != nil else {
            throw invalid(path, "C order", "another order")
        }
        guard let name = part(of: header, from: "'descr': '", to: "'"), let type = types[name] else {
            throw invalid(path, types.keys.sorted().joined(separator: ", "), "another element type")
        }
        guard let text = part(of: header, from: "'shape': (", to: ")") else {
            throw invalid(path, "a shape", "none")
        }
        let sizes = text.split(separator: ",").map { $0.filter { $0 != " " } }.filter { !$0.isEmpty }.map { Int($0) }
        guard !sizes.contains(nil) else { throw invalid(path, "sizes that are numbers", "others") }
        let shape = try checked(sizes.compactMap(\.self), path)
        let count = shape.reduce(1, *)
        let data = bytes[start...]
        guard data.count == count * (type.byteWidth ?? 1) else {
            throw invalid(path, "\(count * (type.byteWidth ?? 1)) bytes for the shape \(shape)", "\(data.count)")
        }
        return (shape, TensorElements(bytes: Array(data), type: type))
    }

    /// The text between two others; nil where they are not there.
    private static func part(of text: String, from opening: String, to closing: String) -> String? {
        guard let start = text.firstRange(of: opening)?.upperBound,
            let end = text[start...].firstRange(of: closing)?.lowerBound
        else { return nil }
        return String(text[start..<end])
    }

    private static func checked(_ shape: [Int], _ path: String) throws(ModelPackError) -> [Int] {
        var count = 1
        for size in shape {
            let (product, overflows) = count.multipliedReportingOverflow(by: size)
            guard size >= 1, !overflows, product <= maximumSize else {
                throw invalid(path, "sizes from 1, of at most \(maximumSize) elements", "\(shape)")
            }
            count = product
        }
        return shape
    }

    private static func invalid(_ subject: String, _ expected: String, _ found: String) -> ModelPackError {
        ModelPackError(.tensorInvalid, subject: subject, expected: expected, found: found)
    }
}

extension ModelPack {
    /// Reads a tensor that the pack stores.
    ///
    /// - Parameters:
    ///   - path: A path in `files`: `.npy`, or `.json`.
    ///   - name: The tensor's name.
    /// - Returns: The tensor.
    /// - Throws: `pack.tensor-invalid`, `pack.unreadable`, or `pack.file-changed` where the file is no longer that of
    ///   the card.
    package func tensor(at path: String, name: String) throws(ModelPackError) -> Tensor {
        let limit = card.files[path]?.byteCount ?? 0
        let data = try Self.read(path, in: folder, atMost: limit)
        let file = PackFile(path: path, content: data)
        guard files.contains(file) else {
            throw ModelPackError(.fileChanged, subject: path, expected: "the bytes that were checked", found: "others")
        }
        return try StoredTensor.read(Array(data), path: path, name: name)
    }
}
