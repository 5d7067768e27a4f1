import Inference

/// What one request puts into a batch.
enum BatchInput: Sendable {
    /// Images of the model's size, which become numbers where the batch's tensor lies.
    case images([RGBImage])
    /// Numbers that are the model's input already.
    case elements([Float], rows: Int)

    /// How many rows of the batch it takes.
    var rows: Int {
        switch self {
        case .images(let images): images.count
        case .elements(_, let rows): rows
        }
    }
}

extension Preprocessing {
    /// Writes what several requests bring, one behind the other.
    ///
    /// - Parameters:
    ///   - inputs: Images that `cropped` gave, or numbers of the model's size.
    ///   - elements: Gets as many numbers as all rows together have; its memory is used again where it is large enough.
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
