import Foundation
package import Inference
package import ModelPack
import OnnxEngine
import TorchEngine

/// An engine by its name in options and reports.
package enum EngineKind: String, Sendable, CaseIterable {
    case onnx
    case torch

    /// The engines of this build, in the order of results.
    package static var builtIn: [EngineKind] {
        var kinds: [EngineKind] = []
        #if Onnx
        kinds.append(.onnx)
        #endif
        #if Torch
        kinds.append(.torch)
        #endif
        return kinds
    }

    /// The file of a model pack that the engine runs.
    package var modelFileName: String {
        switch self {
        case .onnx: ModelPack.FileName.onnx
        case .torch: ModelPack.FileName.torchScript
        }
    }

    /// Loads a pack's model.
    ///
    /// - Throws: `EngineError` where the build lacks the engine, its library is missing, or it refuses the model.
    package func load(_ pack: ModelPack, options: EngineOptions) async throws -> any Engine {
        try await load(pack.location(of: modelFileName).path, of: pack, options: options)
    }

    /// Loads a model file in place of a pack's own.
    ///
    /// - Parameters:
    ///   - model: The file's path.
    ///   - pack: The pack whose card describes the model's inputs and outputs.
    ///   - options: Threads and arithmetic.
    /// - Returns: An engine that is ready to run.
    /// - Throws: `EngineError` as for a pack's own model.
    package func load(_ model: String, of pack: ModelPack, options: EngineOptions) async throws -> any Engine {
        switch self {
        case .onnx:
            return try await OnnxEngine.load(model: model, options: options, isBatched: pack.card.batching.isBatched)
        case .torch:
            return try await TorchEngine.load(
                model: model,
                inputs: pack.card.inputs.map(\.tensor),
                outputs: pack.card.outputs.map(\.tensor),
                isBatched: pack.card.batching.isBatched,
                options: options
            )
        }
    }

    /// Opens the engine's library without a model; it blocks.
    ///
    /// - Returns: The library's version.
    /// - Throws: `EngineError` where the build lacks the engine, or its library is missing or too old.
    package func findLibrary() throws(EngineError) -> String {
        switch self {
        case .onnx: try OnnxEngine.findLibrary()
        case .torch: try TorchEngine.findLibrary()
        }
    }
}
