import ArgumentParser
import Inference
import InferenceServer
import Logging
import ModelPack
import ModelRuntime

extension EngineKind: ExpressibleByArgument {}

extension Precision: ExpressibleByArgument {}

extension EngineKind {
    /// The engines of this build, for messages.
    package static var builtInNames: String {
        builtIn.isEmpty ? "none" : builtIn.map(\.rawValue).joined(separator: ", ")
    }
}

extension ContentDigest: ExpressibleByArgument {
    package init?(argument: String) {
        self.init(hexadecimal: argument)
    }
}

extension TraceDestination: ExpressibleByArgument {
    package init?(argument: String) {
        self.init(argument)
    }
}

/// The least severe log line to write.
enum LogLevel: String, ExpressibleByArgument, CaseIterable {
    case trace
    case debug
    case info
    case notice
    case warning
    case error
    case critical

    /// The same level for the logger.
    var level: Logger.Level { Logger.Level(rawValue: rawValue) ?? .info }
}
