import Diagnostics
import Foundation
import Inference
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceLifecycle
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Collects spans, and exports them once a second in a task of its own; requests do not wait for it.
final class TraceExporter: Service {
    /// The most spans between two exports; further ones are dropped.
    private static let maximumWaiting = 4096

    private let destination: TraceDestination
    private let logger: Logger
    private let waiting = Mutex<[TraceSpan]>([])

    init(_ destination: TraceDestination, logger: Logger) {
        self.destination = destination
        self.logger = logger
    }

    /// Adds spans to the next export.
    func add(_ spans: [TraceSpan]) {
        waiting.withLock { waiting in
            if waiting.count + spans.count <= Self.maximumWaiting { waiting += spans }
        }
    }

    /// Exports the collected spans each second until the server stops, and once more then.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: .seconds(1))) != nil {
                await self.flush()
            }
        }
        await flush()
    }

    private func flush() async {
        let spans = waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
        guard !spans.isEmpty else { return }
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .withoutEscapingSlashes
            let document = try encoder.encode(TraceDocument(spans))
            switch destination {
            case .file(let path): try await WorkerThreads().run { try Self.append(document, to: path) }
            case .collector(let host, let port, let path): try await post(document, host: host, port: port, path: path)
            }
        } catch {
            logger.warning("traces lost", metadata: ["spans": "\(spans.count)"])
        }
    }

    private static func append(_ document: Data, to path: String) throws {
        // The string is valid for the call; the file's owner alone may read it.
        let descriptor = unsafe open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw ServiceError(.internal) }
        defer { close(descriptor) }
        var rest = Array(document)[...] + [UInt8(ascii: "\n")]
        while !rest.isEmpty {
            // The slice is valid for the call, and the count is its own.
            let count = unsafe rest.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw ServiceError(.internal) }
            rest = rest.dropFirst(count)
        }
    }

    private func post(_ document: Data, host: String, port: Int, path: String) async throws {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(2))
            .connect(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    return try NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>(
                        wrappingChannelSynchronously: channel
                    )
                }
            }
        var head = HTTPRequestHead(version: .http1_1, method: .POST, uri: path)
        head.headers = [
            "host": "\(host):\(port)", "content-type": "application/json", "content-length": "\(document.count)",
            "connection": "close",
        ]
        let request = head
        let deadline = Deadline(in: .seconds(5))
        try await deadline.run(orThrow: ServiceError(deadline)) {
            try await channel.executeThenClose { inbound, outbound in
                try await outbound.write(.head(request))
                try await outbound.write(.body(.byteBuffer(ByteBuffer(bytes: document))))
                try await outbound.write(.end(nil))
                // The collector's response is ignored.
                for try await part in inbound {
                    if case .end = part { break }
                }
            }
        }
    }
}
