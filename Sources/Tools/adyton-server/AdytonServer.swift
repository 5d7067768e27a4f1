import ArgumentParser
import ServerTool

/// The server alone: what a sealed machine runs.
@main
struct AdytonServer: AsyncParsableCommand {
    static let configuration = ServeCommand.description(named: "adyton-server")

    @OptionGroup var serve: ServeCommand

    @MainActor static func main() async {
        // On the first thread, while it is the only one: each that allocates before has a heap of its own for good.
        AllocatorPolicy.set()
        await main(nil)
    }

    func run() async throws {
        try await serve.run()
    }
}
