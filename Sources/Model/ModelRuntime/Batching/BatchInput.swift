import Inference

/// One request's rows of a batch.
enum BatchInput: Sendable {
    /// Images of the model's size; their pixels are normalised when the batch's tensor is written.
    case images([RGBImage])
    /// Numbers that are the model's input already.
    case elements([Float], rows: Int)

    /// How many rows of the batch the request has.
    var rows: Int {
        switch self {
        case .images(let images): images.count
        case .elements(_, let rows): rows
        }
    }
}

extension Preprocessing {
    /// Writes the rows of several requests, one after the other.
    ///
    /// - Parameters:
    ///   - inputs: Images from `cropped`, or numbers of the model's size.
    ///   - elements: Gets the numbers of all rows; its memory is reused where it is large enough.
    func gather(_ inputs: [BatchInput], into elements: inout [Float]) {
        elements.removeAll(keepingCapacity: true)
        elements.append(addingCapacity: inputs.reduce(0) { $0 + $1.rows } * count) { output in
            for input in inputs {
                switch input {
                case .images(let images):
                    for image in images { append(image, to: &output) }
                case .elements(let given, _):
                    // Safe: the pointer is read within the closure, and the output has room for every row.
                    unsafe given.withUnsafeBufferPointer { given in
                        unsafe output.withUnsafeMutableBufferPointer { buffer, initializedCount in
                            guard let start = buffer.baseAddress, let first = given.baseAddress else { return }
                            unsafe (start + initializedCount).initialize(from: first, count: given.count)
                            initializedCount += given.count
                        }
                    }
                }
            }
        }
    }
}
