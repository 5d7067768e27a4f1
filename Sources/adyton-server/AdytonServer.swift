import ArgumentParser
import ServerTool

/// The server alone: what a sealed machine runs.
@main
struct AdytonServer: AsyncParsableCommand {
    static let configuration = ServeCommand.description(named: "adyton-server")

    @OptionGroup var serve: ServeCommand

    func run() async throws {
        try await serve.run()
    }
}
