import Inference

/// One request's rows of a batch: what fills each of the model's inputs, in the card's order.
struct BatchInput: Sendable {
    /// What fills one input.
    enum Content: Sendable {
        /// Images of the model's size; their pixels are normalised when the batch's tensor is written.
        case images([RGBImage])
        /// The input itself.
        case tensor(Tensor)
    }

    /// One for each input.
    let contents: [Content]
    /// How many rows of the batch the request has; 1 for a model without a batch.
    let rows: Int
}

/// What may run together: the same engines, and the same sizes where a model's may vary.
struct BatchGroup: Hashable, Sendable {
    /// The engines as a bit set of their indices.
    let engines: Int
    /// The sizes after the batch of each input whose sizes vary.
    let shapes: [[Int]]

    init(engines: Int, shapes: [[Int]] = []) {
        self.engines = engines
        self.shapes = shapes
    }
}
