import ArgumentParser
import Inference
import InferenceServer
import ModelRuntime

/// What a request may cost, as options.
struct LimitOptions: ParsableArguments {
    private static let defaults = ServerConfiguration.Limits()

    @Option(help: "The largest request body, such as 512K or 16M; beyond it the answer is 413.")
    var maximumBody = ByteCount(bytes: Self.defaults.maximumBodySize)

    @Option(
        help: """
            How many bytes the bodies of all requests may hold together, over HTTP and gRPC; beyond it the answer is 429 \
            (default: four times --maximum-body).
            """
    )
    var maximumBodyMemory: ByteCount?

    @Option(help: "The most pixels of an image; beyond it the answer is 413.")
    var maximumPixels = ImageLimits().maximumPixels

    @Option(help: "How many requests to models may be under way; beyond it the answer is 429.")
    var maximumRequests = Self.defaults.maximumConcurrentRequests

    @Option(help: "How many seconds one request may take; beyond it the answer is 503.")
    var requestTimeout = 30.0

    @Option(help: "How many seconds a request's body may take to arrive; beyond it the answer is 503.")
    var bodyTimeout = 10.0

    @Option(help: "How many seconds a connection may stay open without a request.")
    var idleTimeout = 60.0

    @Option(help: "How many connections may be open.")
    var maximumConnections = Self.defaults.maximumConnections

    @Option(help: "How many calls one gRPC connection may have under way; further ones wait at the client.")
    var maximumStreams = Self.defaults.maximumStreams

    func validateBounds() throws {
        let counts = [
            ("--maximum-body", maximumBody.bytes), ("--maximum-pixels", maximumPixels),
            ("--maximum-requests", maximumRequests), ("--maximum-connections", maximumConnections),
            ("--maximum-streams", maximumStreams),
        ]
        for (name, value) in counts where value < 1 {
            throw ValidationError("\(name) takes a number from 1, found \(value).")
        }
        if let memory = maximumBodyMemory?.bytes, memory / 2 < maximumBody.bytes {
            throw ValidationError(
                "--maximum-body-memory takes at least twice --maximum-body (\(maximumBody)), found \(ByteCount(bytes: memory))."
            )
        }
        let times = [
            ("--request-timeout", requestTimeout), ("--body-timeout", bodyTimeout), ("--idle-timeout", idleTimeout),
        ]
        for (name, value) in times where !(0.001...86_400).contains(value) {
            throw ValidationError("\(name) takes seconds from 0.001 to 86400, found \(value).")
        }
    }

    func apply(to configuration: inout ServerConfiguration) {
        configuration.limits.maximumBodySize = maximumBody.bytes
        configuration.limits.maximumBodyMemory = maximumBodyMemory?.bytes ?? 4 * maximumBody.bytes
        configuration.limits.maximumStreams = maximumStreams
        configuration.limits.maximumConcurrentRequests = maximumRequests
        configuration.limits.requestTimeout = .seconds(requestTimeout)
        configuration.limits.bodyTimeout = .seconds(bodyTimeout)
        configuration.limits.idleTimeout = .seconds(idleTimeout)
        configuration.limits.maximumConnections = maximumConnections
        configuration.repository.runtime.imageLimits.maximumPixels = maximumPixels
    }
}

/// A size in bytes, written with K, M or G for powers of 1024.
struct ByteCount: ExpressibleByArgument, CustomStringConvertible {
    let bytes: Int

    init(bytes: Int) {
        self.bytes = bytes
    }

    init?(argument: String) {
        let units: [Character: Int] = ["K": 10, "M": 20, "G": 30]
        let shift = argument.uppercased().last.flatMap { units[$0] }
        guard let number = Int(shift == nil ? argument[...] : argument.dropLast()), number >= 0 else { return nil }
        let (bytes, overflows) = number.multipliedReportingOverflow(by: 1 << (shift ?? 0))
        guard !overflows else { return nil }
        self.bytes = bytes
    }

    var description: String {
        for (unit, shift) in [("G", 30), ("M", 20), ("K", 10)] where bytes > 0 && bytes % (1 << shift) == 0 {
            return "\(bytes >> shift)\(unit)"
        }
        return "\(bytes)"
    }

    var defaultValueDescription: String { description }
}
