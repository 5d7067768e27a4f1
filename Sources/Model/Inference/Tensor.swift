/// The type of a tensor's elements, by its Open Inference Protocol name.
package enum DataType: String, Sendable, Codable {
    case bool = "BOOL"
    case uint8 = "UINT8"
    case int8 = "INT8"
    case int32 = "INT32"
    case int64 = "INT64"
    case float16 = "FP16"
    case bfloat16 = "BF16"
    case float32 = "FP32"
    case float64 = "FP64"
    case bytes = "BYTES"
}

/// The name, type and shape of one input or output of a model.
package struct TensorDescription: Sendable, Equatable, Codable {
    /// The size that means "any", as in the Open Inference Protocol.
    package static let anySize = -1

    /// The model's name for the tensor.
    package let name: String
    /// The type of each element.
    package let dataType: DataType
    /// The size of each dimension, outermost first; `anySize` where any size is allowed.
    package let shape: [Int]

    package init(name: String, dataType: DataType, shape: [Int]) {
        self.name = name
        self.dataType = dataType
        self.shape = shape
    }
}

/// Elements in row-major order with their shape.
package struct Tensor: Sendable, Equatable {
    /// The model's name for the tensor.
    package let name: String
    /// The size of each dimension, outermost first.
    package let shape: [Int]
    /// The elements, row-major; as many as the product of `shape`.
    package let elements: [Float]

    /// Makes a tensor.
    ///
    /// - Precondition: `elements` has exactly as many numbers as `shape` spans.
    package init(name: String, shape: [Int], elements: [Float]) {
        precondition(elements.count == shape.reduce(1, *), "a tensor's elements must fill its shape")
        self.name = name
        self.shape = shape
        self.elements = elements
    }
}

/// All inputs or all outputs of one run.
package struct TensorBatch: Sendable, Equatable {
    /// One tensor for each input or output of the model.
    package let tensors: [Tensor]

    package init(_ tensors: [Tensor]) {
        self.tensors = tensors
    }

    /// The tensor with a name; nil where the batch has none.
    package subscript(name: String) -> Tensor? {
        tensors.first { $0.name == name }
    }
}
