package import InferenceProtocol

/// The name, type and shape of one input or output of a model.
package struct TensorDescription: Sendable, Equatable, Codable {
    /// The size that means "any", as in the Open Inference Protocol.
    package static let anySize = -1

    /// The model's name for the tensor.
    package let name: String
    /// The type of each element.
    package let dataType: TensorDatatype
    /// The size of each dimension, outermost first; `anySize` where any size is allowed; none for a scalar.
    package let shape: [Int]

    package init(name: String, dataType: TensorDatatype, shape: [Int]) {
        self.name = name
        self.dataType = dataType
        self.shape = shape
    }

    /// Whether a tensor of a shape is one of those that are described.
    ///
    /// - Parameter sizes: The tensor's shape.
    /// - Returns: Whether it has as many dimensions, and the stated size in each that has one.
    package func fits(_ sizes: [Int]) -> Bool {
        sizes.count == shape.count && zip(sizes, shape).allSatisfy { $0 == $1 || $1 == Self.anySize }
    }

    /// The shape for a person, such as `[any, 3]`.
    package static func text(_ shape: [Int]) -> String {
        "[" + shape.map { $0 == anySize ? "any" : String($0) }.joined(separator: ", ") + "]"
    }
}

/// Elements in row-major order with their shape.
package struct Tensor: Sendable, Equatable {
    /// The model's name for the tensor.
    package let name: String
    /// The size of each dimension, outermost first; none for a scalar.
    package let shape: [Int]
    /// The elements, as many as the product of `shape`.
    package let content: TensorElements

    /// The type of the elements.
    package var dataType: TensorDatatype { content.dataType }
    /// The numbers of an `FP32` tensor; none for any other type.
    package var elements: [Float] {
        if case .floats(let floats) = content { floats } else { [] }
    }

    /// Makes a tensor.
    ///
    /// - Precondition: `content` has exactly as many elements as `shape` spans.
    package init(name: String, shape: [Int], content: TensorElements) {
        precondition(content.count == shape.reduce(1, *), "a tensor's elements must fill its shape")
        self.name = name
        self.shape = shape
        self.content = content
    }

    /// Makes an `FP32` tensor.
    ///
    /// - Precondition: `elements` has exactly as many numbers as `shape` spans.
    package init(name: String, shape: [Int], elements: [Float]) {
        self.init(name: name, shape: shape, content: .floats(elements))
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
