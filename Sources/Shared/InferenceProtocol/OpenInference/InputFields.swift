/// The fields of one input while they are parsed, in any order.
struct InputFields {
    let subject: String
    private var name: String?
    private var datatype: TensorDatatype?
    private var shape: TensorShape?
    private var parameters: [String: ParameterValue] = [:]
    private var data: TensorData?
    /// The position of the data, where they precede the fields that are needed to parse them.
    private var laterData: JSONReader?

    init(subject: String) {
        self.subject = subject
    }

    mutating func read(_ reader: inout JSONReader, _ text: Span<UInt8>) throws(OpenInferenceError) {
        try reader.enter(UInt8(ascii: "{"), text)
        var isFirst = true
        while let key = try reader.nextKey(&isFirst, text) {
            switch key {
            case "name":
                let value = try reader.string(text)
                guard name == nil, value.utf8.count <= InferenceRequest.maximumTextSize else { throw invalid(key) }
                name = value
            case "datatype":
                guard datatype == nil else { throw invalid(key) }
                datatype = try readDatatype(&reader, text)
            case "shape":
                guard shape == nil else { throw invalid(key) }
                shape = try readShape(&reader, text)
            case "parameters": parameters = try reader.parameters(subject + ".parameters", text)
            case "data":
                guard data == nil, laterData == nil else { throw invalid(key) }
                try readData(&reader, text)
            default: try reader.skip(text)
            }
        }
    }

    /// Joins the fields; the bytes that the input uses are removed from those after the document.
    mutating func input(
        _ text: Span<UInt8>,
        binary: inout Range<Int>
    ) throws(OpenInferenceError) -> InferenceRequest.Input {
        guard let name else { throw OpenInferenceError(.fieldMissing, subject: subject + ".name") }
        guard let datatype else { throw OpenInferenceError(.fieldMissing, subject: subject + ".datatype") }
        guard let shape else { throw OpenInferenceError(.fieldMissing, subject: subject + ".shape") }
        if var place = laterData {
            data = try TensorData.read(datatype, shape, from: &place, text, subject: subject + ".data")
        }
        if let size = parameters["binary_data_size"] {
            guard data == nil else {
                throw OpenInferenceError(.dataInvalid, subject: subject + ".data", expected: "JSON or bytes, not both")
            }
            data = .binary(try take(size, datatype, shape, from: &binary))
        }
        guard let data else { throw OpenInferenceError(.dataMissing, subject: subject + ".data") }
        return InferenceRequest.Input(
            name: name,
            datatype: datatype,
            shape: shape,
            parameters: parameters,
            data: data
        )
    }

    private func take(
        _ size: ParameterValue,
        _ datatype: TensorDatatype,
        _ shape: TensorShape,
        from binary: inout Range<Int>
    ) throws(OpenInferenceError) -> Range<Int> {
        let subject = subject + ".parameters.binary_data_size"
        guard let size = size.integer.flatMap({ Int(exactly: $0) }), (0...binary.count).contains(size) else {
            throw OpenInferenceError(
                .binarySizeDiffers,
                subject: subject,
                expected: "at most the \(binary.count) bytes that are left of the body"
            )
        }
        // A shape has at most 2^40 elements, so this does not overflow.
        if let width = datatype.byteWidth, size != shape.elementCount * width {
            throw OpenInferenceError(
                .binarySizeDiffers,
                subject: subject,
                expected: "\(shape.elementCount * width) bytes for the shape",
                found: "\(size)"
            )
        }
        defer { binary = (binary.lowerBound + size)..<binary.upperBound }
        return binary.lowerBound..<(binary.lowerBound + size)
    }

    private mutating func readData(_ reader: inout JSONReader, _ text: Span<UInt8>) throws(OpenInferenceError) {
        if let datatype, let shape {
            data = try TensorData.read(datatype, shape, from: &reader, text, subject: subject + ".data")
        } else {
            laterData = reader
            try reader.skip(text)
        }
    }

    private func readDatatype(
        _ reader: inout JSONReader,
        _ text: Span<UInt8>
    ) throws(OpenInferenceError) -> TensorDatatype {
        guard let datatype = TensorDatatype(rawValue: try reader.string(text)) else {
            throw OpenInferenceError(
                .datatypeUnknown,
                subject: subject + ".datatype",
                expected: TensorDatatype.allCases.map(\.rawValue).joined(separator: ", ")
            )
        }
        return datatype
    }

    private func readShape(_ reader: inout JSONReader, _ text: Span<UInt8>) throws(OpenInferenceError) -> TensorShape {
        let subject = subject + ".shape"
        try reader.enter(UInt8(ascii: "["), text)
        var isFirst = true
        var sizes: [Int] = []
        while try reader.nextElement(&isFirst, text) {
            guard sizes.count < TensorShape.maximumRank else {
                throw OpenInferenceError(
                    .shapeInvalid,
                    subject: subject,
                    expected: "at most \(TensorShape.maximumRank) sizes"
                )
            }
            sizes.append(Int(try Int64.read(&reader, .int64, text)))
        }
        return try TensorShape(sizes, subject: subject)
    }

    private func invalid(_ key: String) -> OpenInferenceError {
        OpenInferenceError(.fieldInvalid, subject: "\(subject).\(key)", expected: "one, of a sensible length")
    }
}
